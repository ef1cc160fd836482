"""Incremental constraint solving with strengths (after the DeltaBlue algorithm by Freeman-Benson and Maloney)."""
N = 2000


class Strength:
    def __init__(self, value, name):
        self.value = value
        self.name = name

    def stronger(self, other):
        return self.value < other.value

    def weaker(self, other):
        return self.value > other.value


REQUIRED = Strength(0, "required")
STRONG_PREFERRED = Strength(1, "strong preferred")
PREFERRED = Strength(2, "preferred")
STRONG_DEFAULT = Strength(3, "strong default")
NORMAL = Strength(4, "normal")
WEAK_DEFAULT = Strength(5, "weak default")
WEAKEST = Strength(6, "weakest")


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.walk_strength = WEAKEST
        self.stay = True


class Constraint:
    is_input = False

    def __init__(self, strength):
        self.strength = strength

    def attach(self, planner):
        self.register()
        planner.add(self)

    def detach(self, planner):
        if self.satisfied():
            planner.remove(self)
        else:
            self.unregister()

    def satisfy(self, mark, planner):
        self.choose_method(mark)
        if not self.satisfied():
            if self.strength is REQUIRED:
                raise RuntimeError("a required constraint cannot be satisfied")
            return None
        for variable in self.inputs():
            variable.mark = mark
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.unsatisfy()
        out.determined_by = self
        if not planner.propagate(self, mark):
            raise RuntimeError("cycle")
        out.mark = mark
        return overridden

    def known(self, mark):
        return all(v.mark == mark or v.stay or v.determined_by is None for v in self.inputs())


class Unary(Constraint):
    def __init__(self, variable, strength):
        super().__init__(strength)
        self.variable = variable
        self.on = False

    def register(self):
        self.variable.constraints.append(self)
        self.on = False

    def unregister(self):
        self.variable.constraints.remove(self)
        self.on = False

    def choose_method(self, mark):
        self.on = self.variable.mark != mark and self.strength.stronger(self.variable.walk_strength)

    def satisfied(self):
        return self.on

    def unsatisfy(self):
        self.on = False

    def inputs(self):
        return ()

    def output(self):
        return self.variable

    def recalculate(self):
        out = self.variable
        out.walk_strength = self.strength
        out.stay = not self.is_input
        if out.stay:
            self.execute()


class Stay(Unary):
    def execute(self):
        pass


class Edit(Unary):
    is_input = True

    def execute(self):
        pass


NONE, FORWARD, BACKWARD = 0, 1, -1


class Binary(Constraint):
    def __init__(self, first, second, strength):
        super().__init__(strength)
        self.first = first
        self.second = second
        self.direction = NONE

    def register(self):
        self.first.constraints.append(self)
        self.second.constraints.append(self)
        self.direction = NONE

    def unregister(self):
        self.first.constraints.remove(self)
        self.second.constraints.remove(self)
        self.direction = NONE

    def choose_method(self, mark):
        a, b, strength = self.first, self.second, self.strength
        if a.mark == mark:
            self.direction = FORWARD if b.mark != mark and strength.stronger(b.walk_strength) else NONE
        elif b.mark == mark:
            self.direction = BACKWARD if strength.stronger(a.walk_strength) else NONE
        elif a.walk_strength.weaker(b.walk_strength):
            self.direction = BACKWARD if strength.stronger(a.walk_strength) else NONE
        else:
            self.direction = FORWARD if strength.stronger(b.walk_strength) else BACKWARD
            if self.direction == BACKWARD and not strength.stronger(a.walk_strength):
                self.direction = NONE

    def satisfied(self):
        return self.direction != NONE

    def unsatisfy(self):
        self.direction = NONE

    def input(self):
        return self.first if self.direction == FORWARD else self.second

    def inputs(self):
        return (self.input(),)

    def output(self):
        return self.second if self.direction == FORWARD else self.first

    def recalculate(self):
        source, out = self.input(), self.output()
        out.walk_strength = self.strength if self.strength.weaker(source.walk_strength) else source.walk_strength
        out.stay = source.stay
        if out.stay:
            self.execute()


class Equal(Binary):
    def execute(self):
        self.output().value = self.input().value


class Scale(Binary):
    def __init__(self, source, scale, offset, result, strength):
        super().__init__(source, result, strength)
        self.scale = scale
        self.offset = offset

    def register(self):
        super().register()
        self.scale.constraints.append(self)
        self.offset.constraints.append(self)

    def unregister(self):
        super().unregister()
        self.scale.constraints.remove(self)
        self.offset.constraints.remove(self)

    def inputs(self):
        return (self.input(), self.scale, self.offset)

    def execute(self):
        if self.direction == FORWARD:
            self.second.value = self.first.value * self.scale.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.scale.value

    def recalculate(self):
        source, out = self.input(), self.output()
        out.walk_strength = self.strength if self.strength.weaker(source.walk_strength) else source.walk_strength
        out.stay = source.stay and self.scale.stay and self.offset.stay
        if out.stay:
            self.execute()


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def add(self, constraint):
        mark = self.new_mark()
        overridden = constraint.satisfy(mark, self)
        while overridden is not None:
            overridden = overridden.satisfy(mark, self)

    def remove(self, constraint):
        out = constraint.output()
        constraint.unsatisfy()
        constraint.unregister()
        unsatisfied = self.remove_from(out)
        for strength in (REQUIRED, STRONG_PREFERRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAK_DEFAULT, WEAKEST):
            for u in unsatisfied:
                if u.strength is strength:
                    self.add(u)

    def remove_from(self, out):
        out.determined_by = None
        out.walk_strength = WEAKEST
        out.stay = True
        unsatisfied = []
        todo = [out]
        while todo:
            v = todo.pop()
            for c in v.constraints:
                if not c.satisfied():
                    unsatisfied.append(c)
            for c in v.constraints:
                if c.satisfied() and c is not v.determined_by:
                    c.recalculate()
                    todo.append(c.output())
        return unsatisfied

    def propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            c = todo.pop()
            out = c.output()
            if out.mark == mark:
                self.remove(c)
                return False
            c.recalculate()
            self.consuming(out, todo)
        return True

    def consuming(self, v, todo):
        for c in v.constraints:
            if c.satisfied() and c is not v.determined_by:
                todo.append(c)

    def plan_from(self, sources):
        mark = self.new_mark()
        plan = []
        todo = list(sources)
        while todo:
            c = todo.pop()
            out = c.output()
            if out.mark != mark and c.known(mark):
                plan.append(c)
                out.mark = mark
                self.consuming(out, todo)
        return plan


def change(planner, variable, values):
    edit = Edit(variable, PREFERRED)
    edit.attach(planner)
    plan = planner.plan_from([c for c in variable.constraints if c.is_input and c.satisfied()])
    for value in values:
        variable.value = value
        for c in plan:
            c.execute()
    edit.detach(planner)


def chain(n):
    planner = Planner()
    variables = [Variable(f"v{i}") for i in range(n + 1)]
    for a, b in zip(variables, variables[1:]):
        Equal(a, b, REQUIRED).attach(planner)
    Stay(variables[-1], STRONG_DEFAULT).attach(planner)
    change(planner, variables[0], range(30))
    return variables[-1].value


def projection(n):
    planner = Planner()
    scale, offset = Variable("scale", 10), Variable("offset", 1000)
    ends = []
    for i in range(n):
        source, result = Variable(f"s{i}", i), Variable(f"r{i}", i)
        ends.append((source, result))
        Stay(source, NORMAL).attach(planner)
        Scale(source, scale, offset, result, REQUIRED).attach(planner)
    change(planner, ends[-1][0], [17])
    first = ends[-1][1].value
    change(planner, ends[-1][1], [1050])
    second = ends[-1][0].value
    change(planner, scale, [5])
    third = sum(r.value for _, r in ends)
    change(planner, offset, [2000])
    return first, second, third, sum(r.value for _, r in ends)


def main(n):
    return chain(n), projection(n)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
