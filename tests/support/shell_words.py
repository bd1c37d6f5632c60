"""Which words of a shell script stand where a command stands: a small reader for the shell that our scripts use."""

from __future__ import annotations

import re

KEYWORDS = {"if", "then", "else", "elif", "fi", "for", "do", "done", "while", "until", "case", "esac", "{", "}", "!"}
OPENING = {"if", "then", "else", "elif", "do", "while", "until", "{", "!"}
"""A command may follow these."""
_ARITHMETIC = re.compile(r"\$\(\((?:[^()]|\([^()]*\))*\)\)")
_TOKEN = re.compile(
    r"(?P<blank>[ \t]+|\\\n)|(?P<define>\w+\(\))|(?P<redirect>\d*(?:>>|<>|<&|>&|<|>)[ \t]*)"
    r"|(?P<end>;;|&&|\|\||[;|&\n(])|(?P<close>\))"
)


def commands_in(script: str) -> set[str]:
    """Return every word in command position, in substitutions and in quoted scripts too."""
    reader = _Reader(_ARITHMETIC.sub("0", script))
    reader.read()
    assert reader.place == len(reader.text), f"lost track before: {reader.text[reader.place : reader.place + 60]}"
    return reader.found - KEYWORDS


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.cases = 0
        self.found: set[str] = set()

    def read(self) -> None:
        """Read to the end of the text, or to the bracket that closes a substitution."""
        recent: list[str] = []
        expecting, target, depth = True, False, 0
        while self.place < len(self.text):
            token = _TOKEN.match(self.text, self.place)
            if token is None:
                word = self.word()
                if not target and expecting:
                    recent.append(word)
                    self.cases += (word == "case") - (word == "esac")
                    expecting = word in OPENING or re.match(r"\w+=", word) is not None
                elif word == "in" and recent[-1:] == ["case"]:
                    self.keep(recent)
                    recent, expecting = [], True
                target = False
                continue
            self.place = token.end()
            match token.lastgroup:
                case "redirect":
                    target = True
                case "close" if depth == 0 and self.cases == 0:
                    break
                case "close":
                    # Behind the pattern of a case, or a subshell: what stood before it on the line was no command.
                    depth, recent, expecting = max(depth - 1, 0), [] if depth == 0 else recent, True
                case "end" | "define":
                    depth += token[0] == "("
                    if token[0] in ("\n", ";;", ";"):
                        self.keep(recent)
                        recent = []
                    expecting = True
        self.keep(recent)

    def keep(self, words: list[str]) -> None:
        self.found |= {word for word in words if not re.match(r"\w+=", word)}

    def word(self) -> str:
        """Read one word with all its quotes; substitutions in it are read as scripts."""
        start = self.place
        while self.place < len(self.text):
            sign = self.text[self.place]
            if sign == "'":
                end = self.text.index("'", self.place + 1)
                if "\n" in self.text[self.place : end]:
                    self.inner(self.text[self.place + 1 : end])
                self.place = end + 1
            elif sign == '"':
                self.place += 1
                self.quoted()
            elif self.text.startswith("$(", self.place):
                self.substitution()
            elif self.text.startswith("${", self.place):
                self.place = self.text.index("}", self.place) + 1
            elif sign == "\\":
                self.place += 2
            elif _TOKEN.match(self.text, self.place):
                break
            else:
                self.place += 1
        return self.text[start : self.place]

    def quoted(self) -> None:
        while self.text[self.place] != '"':
            if self.text.startswith("$(", self.place):
                self.substitution()
            elif self.text.startswith("${", self.place):
                self.place = self.text.index("}", self.place) + 1
            else:
                self.place += 2 if self.text[self.place] == "\\" else 1
        self.place += 1

    def substitution(self) -> None:
        inner = _Reader(self.text)
        inner.place = self.place + 2
        inner.read()
        self.place = inner.place
        self.found |= inner.found

    def inner(self, script: str) -> None:
        reader = _Reader(script)
        reader.read()
        self.found |= reader.found
