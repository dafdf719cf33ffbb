"""Reads a message from standard input the way a mail program does; writes JSON."""

import email
import email.policy
import html.parser
import json
import sys


class Text(html.parser.HTMLParser):
    """The words of a page, and its tags; complains of one that is not closed."""

    VOID = {"meta", "br", "link"}

    def __init__(self):
        super().__init__()
        self.words, self.open, self.tags, self.links = [], [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name == "href"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open}"
        self.open.pop()

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.words += data.split()


def read(page):
    reader = Text()
    reader.feed(page)
    reader.close()
    assert not reader.open, f"left open: {reader.open}"
    return reader


if len(sys.argv) > 1:
    reader = read(sys.stdin.read())
    print(json.dumps({"words": " ".join(reader.words), "tags": sorted(reader.tags)}))
else:
    message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    reader = read(parts["text/html"])
    print(json.dumps({
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [str(defect) for part in message.walk() for defect in part.defects],
        "types": sorted(parts),
        "text": parts["text/plain"],
        "html": parts["text/html"],
        "html_words": " ".join(reader.words),
        "tags": sorted(reader.tags),
        "links": reader.links,
    }))
