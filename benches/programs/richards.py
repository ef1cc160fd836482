"""An operating system's scheduler: tasks with priorities pass packets to each other (after Martin Richards' benchmark)."""
N = 3
IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(1, 7)
KIND_DEVICE, KIND_WORK = 1000, 1001
DATA_SIZE = 4


class Packet:
    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Scheduler:
    def __init__(self):
        self.table = {}
        self.list = None
        self.current = None
        self.current_id = 0
        self.queued = 0
        self.held = 0

    def add(self, task):
        task.link = self.list
        self.list = task
        self.table[task.ident] = task

    def run(self):
        task = self.list
        while task is not None:
            if task.held or (task.waiting and not task.has_packet):
                task = task.link
            else:
                self.current = task
                self.current_id = task.ident
                task = task.step(self)

    def release(self, ident):
        task = self.table[ident]
        task.held = False
        return task if task.priority > self.current.priority else self.current

    def hold_current(self):
        self.held += 1
        self.current.held = True
        return self.current.link

    def wait_current(self):
        self.current.waiting = True
        return self.current

    def send(self, packet):
        task = self.table[packet.ident]
        self.queued += 1
        packet.link = None
        packet.ident = self.current_id
        return task.receive(packet, self.current)


class Task:
    def __init__(self, scheduler, ident, priority, queue, waiting):
        self.link = None
        self.ident = ident
        self.priority = priority
        self.queue = queue
        self.has_packet = queue is not None
        self.waiting = waiting
        self.held = False
        scheduler.add(self)

    def receive(self, packet, sender):
        if self.queue is None:
            self.queue = packet
            self.has_packet = True
            if self.priority > sender.priority:
                return self
        else:
            self.queue = packet.append_to(self.queue)
        return sender

    def step(self, scheduler):
        packet = None
        if self.waiting and self.has_packet:
            packet = self.queue
            self.queue = packet.link
            self.waiting = False
            self.has_packet = self.queue is not None
        return self.work(scheduler, packet)

    def work(self, scheduler, packet):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, scheduler, count):
        self.control = 1
        self.count = count
        super().__init__(scheduler, IDLE, 0, None, False)

    def work(self, scheduler, packet):
        self.count -= 1
        if self.count == 0:
            return scheduler.hold_current()
        if self.control & 1 == 0:
            self.control //= 2
            return scheduler.release(DEVICE_A)
        self.control = self.control // 2 ^ 0xD008
        return scheduler.release(DEVICE_B)


class Worker(Task):
    def __init__(self, scheduler, priority, queue):
        self.destination = HANDLER_A
        self.letter = 0
        super().__init__(scheduler, WORKER, priority, queue, True)

    def work(self, scheduler, packet):
        if packet is None:
            return scheduler.wait_current()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.ident = self.destination
        packet.datum = 0
        for i in range(DATA_SIZE):
            self.letter = self.letter + 1 if self.letter < 26 else 1
            packet.data[i] = 64 + self.letter
        return scheduler.send(packet)


class Handler(Task):
    def __init__(self, scheduler, ident, priority, queue):
        self.work_in = None
        self.device_in = None
        super().__init__(scheduler, ident, priority, queue, True)

    def work(self, scheduler, packet):
        if packet is not None:
            if packet.kind == KIND_WORK:
                self.work_in = packet.append_to(self.work_in)
            else:
                self.device_in = packet.append_to(self.device_in)
        work = self.work_in
        if work is not None:
            count = work.datum
            if count >= DATA_SIZE:
                self.work_in = work.link
                return scheduler.send(work)
            device = self.device_in
            if device is not None:
                self.device_in = device.link
                device.datum = work.data[count]
                work.datum = count + 1
                return scheduler.send(device)
        return scheduler.wait_current()


class Device(Task):
    def __init__(self, scheduler, ident, priority):
        self.pending = None
        super().__init__(scheduler, ident, priority, None, True)

    def work(self, scheduler, packet):
        if packet is None:
            pending = self.pending
            if pending is None:
                return scheduler.wait_current()
            self.pending = None
            return scheduler.send(pending)
        self.pending = packet
        return scheduler.hold_current()


def packets(ident, kind, count):
    queue = None
    for _ in range(count):
        queue = Packet(queue, ident, kind)
    return queue


def main(n):
    for _ in range(n):
        scheduler = Scheduler()
        Idle(scheduler, 10000)
        Worker(scheduler, 1000, packets(0, KIND_WORK, 2))
        Handler(scheduler, HANDLER_A, 2000, packets(DEVICE_A, KIND_DEVICE, 3))
        Handler(scheduler, HANDLER_B, 3000, packets(DEVICE_B, KIND_DEVICE, 3))
        Device(scheduler, DEVICE_A, 4000)
        Device(scheduler, DEVICE_B, 5000)
        scheduler.run()
    return scheduler.queued, scheduler.held


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
