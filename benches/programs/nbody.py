"""Gravity between the sun and the large planets, in floats."""
N = 20000
PI = 3.141592653589793
MASS = 4 * PI * PI
YEAR = 365.24


def bodies():
    return [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, MASS],
        [4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694 * YEAR, 0.00769901118419740425 * YEAR,
         -0.0000690460016972063023 * YEAR, 0.000954791938424326609 * MASS],
        [8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411119 * YEAR, 0.00499852801234917238 * YEAR,
         0.0000230417297573763929 * YEAR, 0.000285885980666130812 * MASS],
        [12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618 * YEAR, 0.00237847173959480950 * YEAR,
         -0.0000296589568540237556 * YEAR, 0.0000436624404335156298 * MASS],
        [15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322 * YEAR, 0.00162824170038242295 * YEAR,
         -0.0000951592254519715870 * YEAR, 0.0000515138902046611451 * MASS],
    ]


def energy(system, pairs):
    e = 0.0
    for a, b in pairs:
        dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
        e -= a[6] * b[6] / (dx * dx + dy * dy + dz * dz) ** 0.5
    for x, y, z, vx, vy, vz, m in system:
        e += m * (vx * vx + vy * vy + vz * vz) / 2.0
    return e


def advance(system, pairs, dt, steps):
    for _ in range(steps):
        for a, b in pairs:
            dx = a[0] - b[0]
            dy = a[1] - b[1]
            dz = a[2] - b[2]
            mag = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            ma = a[6] * mag
            mb = b[6] * mag
            a[3] -= dx * mb
            a[4] -= dy * mb
            a[5] -= dz * mb
            b[3] += dx * ma
            b[4] += dy * ma
            b[5] += dz * ma
        for body in system:
            body[0] += dt * body[3]
            body[1] += dt * body[4]
            body[2] += dt * body[5]


def main(n):
    system = bodies()
    pairs = [(a, b) for i, a in enumerate(system) for b in system[i + 1:]]
    before = energy(system, pairs)
    advance(system, pairs, 0.01, n)
    return round(before, 6), round(energy(system, pairs), 6)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
