"""A mail server for tests: keeps each message as a file, and misbehaves when told to.

Arguments: port, folder, and "plain", "starttls" or "tls"; with either of the last two its certificate and
its key lie in the folder. Ends when standard input does.
"""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, folder, encryption = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def certified():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem"))
    return context


certificate = None if encryption == "plain" else certified()


def behaviour():
    with open(os.path.join(folder, "behaviour"), encoding="utf-8") as file:
        return (file.read().split("\n") + ["", "", ""])[:3]


def authenticate(server, session, envelope, mechanism, data):
    what, user, password = behaviour()
    given = (data.login.decode(), data.password.decode())
    success = what == "password" and given == (user, password)
    # Not handled: the server is to answer the client itself.
    return AuthResult(success=success, handled=False)


class Keeper:
    number = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if behaviour()[0] == "password" and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        what, who, answer = behaviour()
        if what == "refuse" and who in (address, "*"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        what, who, answer = behaviour()
        concerned = who == "*" or who in envelope.rcpt_tos
        if what == "slow":
            await asyncio.sleep(float(who))
        if what == "refuse_text" and concerned:
            return answer
        for address in envelope.rcpt_tos:
            Keeper.number += 1
            path = os.path.join(folder, f"{os.getpid():010}-{Keeper.number:06}")
            with open(path, "wb") as file:
                file.write(address.encode() + b"\n" + envelope.original_content)
            os.rename(path, path + ".eml")
        if what == "hang_up" and concerned:
            server.transport.abort()
        return f"250 2.0.0 kept as {Keeper.number}"


def make():
    return SMTP(
        Keeper(),
        hostname="mail.example.com",
        enable_SMTPUTF8=True,
        authenticator=authenticate,
        auth_require_tls=False,
        tls_context=certificate if encryption == "starttls" else None,
        require_starttls=encryption == "starttls",
    )


async def main():
    loop = asyncio.get_running_loop()
    at_once = certificate if encryption == "tls" else None
    server = await loop.create_server(make, "127.0.0.1", port, ssl=at_once)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
    os._exit(0)


asyncio.run(main())
