"""The chaos game on a spline: many small vector objects, method calls and a random generator of its own."""
N = 25000


class Rng:
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return self.state // 65536 % n

    def unit(self):
        return self.below(32768) / 32768


class Vec:
    def __init__(self, x, y, z=0.0):
        self.x, self.y, self.z = x, y, z

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y, self.z - o.z)

    def mix(self, o, k):
        j = 1.0 - k
        return Vec(self.x * k + o.x * j, self.y * k + o.y * j, self.z * k + o.z * j)

    def length(self):
        return (self.x ** 2 + self.y ** 2 + self.z ** 2) ** 0.5


class Spline:
    def __init__(self, points, degree=3):
        self.points = points
        self.degree = degree
        inner = len(points) - degree + 1
        self.knots = [0] * (degree - 1) + list(range(inner)) + [inner - 1] * (degree - 1)

    def domain(self):
        return self.knots[self.degree - 1], self.knots[len(self.knots) - self.degree]

    def at(self, u):
        lo, hi = self.domain()
        if u >= hi:
            return self.points[-1]
        i = self.degree - 1
        while not self.knots[i] <= u < self.knots[i + 1]:
            i += 1
        d = [self.points[i - self.degree + 1 + k] for k in range(self.degree)]
        for step in range(1, self.degree):
            for k in range(self.degree - step):
                a, b = self.knots[i - self.degree + 1 + k + step], self.knots[i + 1 + k]
                t = (u - a) / (b - a)
                d[k] = d[k + 1].mix(d[k], t)
        return d[0]


class Game:
    def __init__(self, splines, thickness):
        self.splines, self.thickness, self.rng = splines, thickness, Rng(1234)
        self.weights = []
        for s in splines:
            lo, hi = s.domain()
            length, last = 0.0, s.at(lo)
            for k in range(1, 100):
                now = s.at(lo + (hi - lo) * k / 100)
                length += (now - last).length()
                last = now
            self.weights.append(max(1, int(length * 10)))

    def pick(self):
        r = self.rng.below(sum(self.weights))
        for spline, weight in zip(self.splines, self.weights):
            if r < weight:
                return spline
            r -= weight
        return self.splines[-1]

    def step(self, p):
        spline = self.pick()
        lo, hi = spline.domain()
        t = lo + (hi - lo) * p.x
        base = spline.at(t)
        ahead = spline.at(min(t + 0.01, hi - 0.001))
        d = ahead - base
        length = d.length() or 1.0
        base.x += d.y / length * (p.y - 0.5) * self.thickness
        base.y -= d.x / length * (p.y - 0.5) * self.thickness
        base.x = min(max(base.x, 0.0), 0.999)
        base.y = min(max(base.y, 0.0), 0.999)
        return base


def main(n):
    game = Game([Spline([Vec(0.1, 0.2), Vec(0.3, 0.9), Vec(0.6, 0.1), Vec(0.9, 0.8)]),
                 Spline([Vec(0.5, 0.5), Vec(0.2, 0.8), Vec(0.8, 0.9), Vec(0.9, 0.1), Vec(0.1, 0.1)])], 0.25)
    size = 40
    grid = [[0] * size for _ in range(size)]
    p = Vec(0.5, 0.5)
    for _ in range(n):
        p = game.step(p)
        grid[int(p.y * size)][int(p.x * size)] += 1
    return sum(1 for row in grid for v in row if v), max(map(max, grid)), round(p.x, 6)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
