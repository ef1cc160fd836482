"""Graphs: breadth and depth first, Dijkstra, A*, topological order, components, spanning tree, a maze, n queens by generators."""
import heapq
from collections import deque


class Graph:
    def __init__(self, directed=False):
        self.edges = {}
        self.directed = directed

    def connect(self, a, b, weight=1):
        self.edges.setdefault(a, {})[b] = weight
        back = self.edges.setdefault(b, {})
        if not self.directed:
            back[a] = weight

    def __iter__(self):
        return iter(self.edges)

    def __getitem__(self, node):
        return self.edges[node]

    def __len__(self):
        return len(self.edges)


def breadth_first(graph, start):
    order, distance = [], {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        order.append(node)
        for other in graph[node]:
            if other not in distance:
                distance[other] = distance[node] + 1
                queue.append(other)
    return order, distance


def depth_first(graph, node, seen=None):
    if seen is None:
        seen = set()
    seen.add(node)
    yield node
    for other in sorted(graph[node]):
        if other not in seen:
            yield from depth_first(graph, other, seen)


def dijkstra(graph, start):
    best, before = {start: 0}, {}
    heap = [(0, start)]
    while heap:
        cost, node = heapq.heappop(heap)
        if cost > best[node]:
            continue
        for other, weight in graph[node].items():
            new = cost + weight
            if new < best.get(other, float("inf")):
                best[other] = new
                before[other] = node
                heapq.heappush(heap, (new, other))
    return best, before


def way(before, end):
    steps = [end]
    while steps[-1] in before:
        steps.append(before[steps[-1]])
    return steps[::-1]


class Cycle(Exception):
    pass


def topological(graph):
    state, order = {}, []

    def visit(node, trail):
        match state.get(node):
            case "done":
                return
            case "open":
                raise Cycle(trail[trail.index(node):])
        state[node] = "open"
        for other in sorted(graph[node]):
            visit(other, trail + [other])
        state[node] = "done"
        order.append(node)
    for node in sorted(graph):
        visit(node, [node])
    return order[::-1]


class Components:
    def __init__(self, n):
        self.parent = list(range(n))
        self.size = [1] * n
        self.count = n

    def find(self, i):
        while (p := self.parent[i]) != i:
            self.parent[i] = self.parent[p]
            i = p
        return i

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        self.count -= 1
        return True


def pseudo(seed):
    while True:
        seed = (seed * 16807) % 2147483647
        yield seed


grid = Graph()
numbers = pseudo(42)
SIDE = 14
for y in range(SIDE):
    for x in range(SIDE):
        if x + 1 < SIDE:
            grid.connect((x, y), (x + 1, y), 1 + next(numbers) % 9)
        if y + 1 < SIDE:
            grid.connect((x, y), (x, y + 1), 1 + next(numbers) % 9)
order, distance = breadth_first(grid, (0, 0))
print(len(grid), len(order), distance[SIDE - 1, SIDE - 1], order[:6])
best, before = dijkstra(grid, (0, 0))
path = way(before, (SIDE - 1, SIDE - 1))
print(best[SIDE - 1, SIDE - 1], len(path), path[:4], sum(best.values()))
assert sum(grid[a][b] for a, b in zip(path, path[1:])) == best[path[-1]]
print(sum(1 for _ in depth_first(grid, (0, 0))), list(depth_first(grid, (3, 3)))[:5])

edges = sorted((w, a, b) for a in grid for b, w in grid[a].items() if a < b)
sets, total = Components(SIDE * SIDE), 0
for w, (ax, ay), (bx, by) in edges:
    if sets.join(ax * SIDE + ay, bx * SIDE + by):
        total += w
print("tree", total, sets.count)

tasks = Graph(directed=True)
for a, b in [("shirt", "tie"), ("tie", "jacket"), ("trousers", "shoes"), ("trousers", "belt"), ("belt", "jacket"), ("socks", "shoes")]:
    tasks.connect(a, b)
print(topological(tasks))
tasks.connect("jacket", "shirt")
try:
    topological(tasks)
except Cycle as e:
    print("cycle", e.args[0])

MAZE = """
#########################
#S..#.....#.......#.....#
###.#.###.#.#####.#.###.#
#...#.#.#...#...#...#...#
#.###.#.#####.#.#####.###
#.....#.......#.......#E#
#.#######.#########.###.#
#.........#.............#
#########################
""".strip().splitlines()


def a_star(maze):
    cells = {(x, y): c for y, row in enumerate(maze) for x, c in enumerate(row) if c != "#"}
    start = next(at for at, c in cells.items() if c == "S")
    end = next(at for at, c in cells.items() if c == "E")
    guess = lambda at: abs(at[0] - end[0]) + abs(at[1] - end[1])
    heap, cost, before = [(guess(start), start)], {start: 0}, {}
    looked = 0
    while heap:
        _, at = heapq.heappop(heap)
        looked += 1
        if at == end:
            break
        x, y = at
        for to in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if to in cells and cost[at] + 1 < cost.get(to, 1 << 30):
                cost[to] = cost[at] + 1
                before[to] = at
                heapq.heappush(heap, (cost[to] + guess(to), to))
    else:
        return None
    return cost[end], looked, way(before, end)


cost, looked, steps = a_star(MAZE)
print(cost, looked)
for y, row in enumerate(MAZE):
    print("".join("+" if (x, y) in set(steps[1:-1]) else c for x, c in enumerate(row)))
print(a_star(["S#E"]))


def queens(n, row=0, columns=0, up=0, down=0):
    if row == n:
        yield ()
        return
    for c in range(n):
        bit = 1 << c
        if not (columns & bit or up >> (row + c) & 1 or down >> (row - c + n) & 1):
            for rest in queens(n, row + 1, columns | bit, up | 1 << (row + c), down | 1 << (row - c + n)):
                yield (c, *rest)


print([sum(1 for _ in queens(n)) for n in range(1, 7)], next(queens(8)))
