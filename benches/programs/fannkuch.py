"""Pancake flips over all permutations: small lists of ints, slices, index arithmetic."""
N = 9


def main(n):
    perm = list(range(n))
    count = list(range(n))
    checksum = best = sign = 0
    r = n
    work = perm[:]
    while True:
        first = perm[0]
        if first:
            work[:] = perm
            flips = 0
            while first:
                work[:first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            if flips > best:
                best = flips
            checksum += -flips if sign else flips
        if sign == 0:
            perm[0], perm[1] = perm[1], perm[0]
            sign = 1
        else:
            perm[1], perm[2] = perm[2], perm[1]
            sign = 0
            for i in range(2, n):
                if count[i]:
                    count[i] -= 1
                    break
                count[i] = i
                if i == n - 1:
                    return checksum, best
                perm[0:i + 2] = perm[1:i + 2] + perm[0:1]


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
