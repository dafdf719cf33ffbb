"""Gives a command on a terminal of its own and types answers to what it asks.

argv: a JSON list of [what is asked, what is typed], then the command. Prints all that was shown, and ends
with the command's exit code; with 99 when something was not asked.
"""

import json
import os
import pty
import select
import sys
import time

answers = json.loads(sys.argv[1])
process, terminal = pty.fork()
if process == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

shown = b""
looked_at = 0
deadline = time.time() + 150
while True:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            some = os.read(terminal, 65536)
        except OSError:
            break
        if not some:
            break
        shown += some
        # A prompt asks where its cursor is before it shows anything.
        for _ in range(some.count(b"\x1b[6n")):
            os.write(terminal, b"\x1b[1;1R")
    if answers and answers[0][0].encode() in shown[looked_at:]:
        time.sleep(0.2)
        looked_at = len(shown)
        os.write(terminal, answers.pop(0)[1].encode() + b"\r")
    if time.time() > deadline:
        os.kill(process, 9)
        break

_, status = os.waitpid(process, 0)
sys.stdout.buffer.write(shown)
sys.exit(99 if answers else os.waitstatus_to_exitcode(status))
