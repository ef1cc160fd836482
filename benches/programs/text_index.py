"""An inverted index over made-up text: splitting, dicts, sets, sorting, joining and formatting strings."""
N = 400


def words(seed, count):
    out = []
    state = seed
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        length = 2 + (state >> 8) % 6
        word = ""
        for _ in range(length):
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            word += "etaoinshr"[(state >> 16) % 9]
        out.append(word)
    return out


def documents(n):
    for i in range(n):
        text = " ".join(words(i, 40))
        yield i, text.capitalize() + "."


def index(docs):
    postings = {}
    lengths = {}
    for ident, text in docs:
        tokens = text.lower().rstrip(".").split()
        lengths[ident] = len(tokens)
        for position, token in enumerate(tokens):
            postings.setdefault(token, {}).setdefault(ident, []).append(position)
    return postings, lengths


def search(postings, query):
    found = None
    for word in query.split():
        ids = set(postings.get(word, ()))
        found = ids if found is None else found & ids
    return sorted(found or ())


def main(n):
    postings, lengths = index(documents(n))
    common = sorted(postings, key=lambda w: (-len(postings[w]), w))[:30]
    hits = 0
    for a in common:
        for b in common:
            if a < b:
                hits += len(search(postings, f"{a} {b}"))
    report = "\n".join(f"{w:<10}|{len(postings[w]):>5}|{sum(map(len, postings[w].values())):05d}" for w in common)
    anagrams = {}
    for w in postings:
        anagrams.setdefault("".join(sorted(w)), []).append(w)
    return len(postings), hits, len(report), max(len(g) for g in anagrams.values()), sum(lengths.values())


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
