# stderr: yes
"""What the traceback of a syntax error says of a keyword that is spelt wrong."""

import sys

SOURCES = [
    "whille True:\n    pass\n",
    "fro x in y:\n    pass\n",
    "for x ni y:\n    pass\n",
    "def f():\n    retrun 1\n",
    "x = 1\ny = 2\nform x import y\n",
    "imprt os\n",
    "clas A:\n    pass\n",
    "df f():\n    pass\n",
    "if x:\n    pass\nelsif y:\n    pass\n",
    "if x:\n    pass\nels:\n    pass\n",
    "try:\n    pass\nexcpt:\n    pass\n",
    "x = 1 adn 2\n",
    "x = lamda y: y\n",
    "asert x\n",
    "async def f():\n    awit x\n",
    "print(1) print(2)\n",
    "switch x:\n    pass\n",
    "foo(a b)\n",
    "[x fro x in y]\n",
    "x = y ore z\n",
    "def f():\n    if a:\n        b()\n    elfi c:\n        d()\n",
    "a b c\n",
    "total = 5\nglbal x\n",
    "x = True iff y else 0\n",
    "with open('f') sa f:\n    pass\n",
    "x = not1 y\n",
    "passs x\n",
    "a = b; fro c in d: e()\n",
    "x = 'a' 'b' c\n",
    "z = (1 +\n     2 annd 3)\n",
]

for source in SOURCES:
    try:
        compile(source, "example.py", "exec")
    except SyntaxError as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        print(error.msg)
    else:
        print("fine:", repr(source))

# Only what the parser could not make sense of is looked at again.
for arguments in [
    ("invalid syntax", ("f.py", 1, 1, "whille x: pass\n", 1, 7)),
    ("something else", ("f.py", 3, 5, "  some text\n")),
    ("something else", ("f.py", 3, 5, "  some text\n", 3, 8)),
    ("something else", ("f.py", 3, 50, "text", 3, 60)),
]:
    error = SyntaxError(*arguments)
    sys.excepthook(SyntaxError, error, None)
