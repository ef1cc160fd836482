"""Records, strings, globals and small procedures: what classic synthetic mixes of instructions measure."""
N = 40000
RED, GREEN, BLUE, WHITE = range(4)
flag = False
letter = "A"
table = [0] * 50
grid = [[0] * 50 for _ in range(50)]


class Record:
    def __init__(self, link=None, kind=RED, colour=0, number=0, text=""):
        self.link, self.kind, self.colour, self.number, self.text = link, kind, colour, number, text

    def clone(self):
        return Record(self.link, self.kind, self.colour, self.number, self.text)


def next_colour(colour):
    global flag
    if colour == RED:
        flag = True
        return GREEN
    if colour == WHITE:
        return RED if flag else BLUE
    return colour + 1


def fill(values, rows, at, start):
    k = at + 5
    values[k] = start
    values[k + 1] = values[k]
    values[k + 30] = k
    for i in range(k, k + 2):
        rows[k][i] = k
    rows[k][k - 1] += 1
    rows[k + 20 if k + 20 < 50 else k][k] = values[k]


def same_char(a, b):
    return RED if a != b else GREEN


def compare(a, b):
    global letter
    i = 1
    while i <= 1:
        if same_char(a[i], b[i + 1]) == RED:
            letter = "A"
            i += 1
        else:
            break
    return a > b and letter >= "A"


def update(record):
    following = record.clone()
    record.number = 5
    following.number = record.number
    following.link = record.link
    if following.kind == RED:
        following.number = 6
        following.colour = next_colour(record.colour)
        following.link = record
    else:
        record = following
    return following


def main(n):
    global flag, letter
    flag, letter = False, "A"
    head = Record(None, RED, GREEN, 40, "some text of a record")
    total = 0
    first = "a string that is compared, number one"
    for i in range(n):
        second = "a string that is compared, number two"
        flag = not compare(first, second)
        a, b = 2, 3
        c = 0
        while a < b:
            c = 5 * a - b
            a += 1
        fill(table, grid, i % 10, c)
        head = update(head)
        head.link = None
        for k in range(ord("A"), ord(letter) + 1):
            if same_char(chr(k), "C") == RED:
                total += head.colour
        b = c * a
        a = b // (c + 1)
        b = 7 * (b - a) - c
        total += b + head.number
    return total, table[8], grid[8][7]


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
