"""A small ray tracer: vectors as objects, spheres and a chequered floor, reflection."""
from math import sqrt
N = 64


class Vec:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y, self.z - o.z)

    def scale(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def unit(self):
        return self.scale(1.0 / sqrt(self.dot(self)))

    def reflect(self, normal):
        return self - normal.scale(2 * self.dot(normal))


class Ray:
    def __init__(self, origin, direction):
        self.origin, self.direction = origin, direction.unit()

    def at(self, t):
        return self.origin + self.direction.scale(t)


class Sphere:
    def __init__(self, centre, radius, colour, shine=0.3):
        self.centre, self.radius, self.base, self.shine = centre, radius, colour, shine

    def hit(self, ray):
        to = self.centre - ray.origin
        v = to.dot(ray.direction)
        d = self.radius * self.radius - (to.dot(to) - v * v)
        if d < 0:
            return None
        t = v - sqrt(d)
        return t if t > 1e-4 else None

    def normal(self, p):
        return (p - self.centre).unit()

    def colour(self, p):
        return self.base


class Floor:
    shine = 0.1

    def __init__(self, y):
        self.y = y
        self.up = Vec(0.0, 1.0, 0.0)

    def hit(self, ray):
        dy = ray.direction.y
        if -1e-6 < dy < 1e-6:
            return None
        t = (self.y - ray.origin.y) / dy
        return t if t > 1e-4 else None

    def normal(self, p):
        return self.up

    def colour(self, p):
        return (0.9, 0.9, 0.9) if (int(p.x + 100) + int(p.z + 100)) % 2 else (0.1, 0.1, 0.1)


class Scene:
    def __init__(self):
        self.things = [Floor(-1.0)]
        self.lights = [Vec(5.0, 8.0, -3.0), Vec(-6.0, 4.0, -1.0)]

    def nearest(self, ray):
        best = None
        for thing in self.things:
            t = thing.hit(ray)
            if t is not None and (best is None or t < best[0]):
                best = t, thing
        return best

    def trace(self, ray, depth=0):
        found = self.nearest(ray)
        if found is None:
            return (0.3, 0.5, 0.9)
        t, thing = found
        p = ray.at(t)
        normal = thing.normal(p)
        light = 0.1
        for source in self.lights:
            to = source - p
            if self.nearest(Ray(p, to)) is None:
                light += max(0.0, to.unit().dot(normal)) * 0.5
        r, g, b = (c * light for c in thing.colour(p))
        if depth < 3:
            rr, gg, bb = self.trace(Ray(p, ray.direction.reflect(normal)), depth + 1)
            k = thing.shine
            r, g, b = r + rr * k, g + gg * k, b + bb * k
        return r, g, b


def main(n):
    scene = Scene()
    for i in range(6):
        scene.things.append(Sphere(Vec(i * 1.2 - 3.0, -0.4 + i % 2 * 0.8, 4.0 + i % 3), 0.6, (0.2 + i * 0.1, 0.9 - i * 0.1, 0.5)))
    total = 0.0
    eye = Vec(0.0, 0.5, -3.0)
    for y in range(n):
        for x in range(n):
            r, g, b = scene.trace(Ray(eye, Vec((x - n / 2) / n * 2, (n / 2 - y) / n * 2, 2.0)))
            total += min(r, 1.0) + min(g, 1.0) + min(b, 1.0)
    return round(total, 6)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
