"""What the notes of ``Schedule`` say, tick by tick in plain Python: slow, and written without a look at the engines."""

from dataclasses import dataclass, field

from hwsim.engine.resource import SHARE_BITS


@dataclass(eq=False)
class Instance:
    number: int
    task: int
    repetition: int
    needs: list  # instances it waits for to end
    turns: list = field(default_factory=list)  # instances on the same DRAM port it lets go first
    ready: int = -1
    queued: int = -1
    start: int = -1
    end: int = -1
    chunks: int = 0
    began: int = 0  # virtual time
    data_end: int = -1
    over: float = float("inf")  # when the port can take more after it


@dataclass(eq=False)
class Server:
    resource: object
    queue: list = field(default_factory=list)
    serving: list = field(default_factory=list)
    virtual: dict = field(default_factory=dict)  # by priority, at tick ``since``
    since: int = 0
    idle_at: int = 0
    state: tuple = ()


class DeadlockError(Exception):
    pass


def instances_of(s):
    found, first = [], {}
    for segment, count in enumerate(s.segment_count):
        tasks = range(s.segment_start[segment], s.segment_start[segment + 1])
        for repetition in range(count):
            for task in tasks:
                first[task, repetition] = len(found)
                found.append(Instance(len(found), task, repetition, []))
    segment_of = {task: segment for segment in range(len(s.segment_count))
                  for task in range(s.segment_start[segment], s.segment_start[segment + 1])}
    for i in found:
        same = s.resources[s.resource[i.task]].kind == "dram"
        for row in range(s.depends_start[i.task], s.depends_start[i.task + 1]):
            other, lag = int(s.depends_on[row]), int(s.depends_lag[row])
            needs = i.turns if same and s.resource[other] == s.resource[i.task] else i.needs
            if segment_of[other] != segment_of[i.task]:
                needs.append(found[first[other, int(s.segment_count[segment_of[other]]) - 1]])
            elif i.repetition >= lag:
                needs.append(found[first[other, i.repetition - lag]])
    return found


def run(s):
    """Return [(ready, queued, start, end)] of all instances, or raise DeadlockError."""
    every = instances_of(s)
    servers = [Server(resource) for resource in s.resources]
    for server in servers:
        if server.resource.kind == "dram":
            server.state = server.resource.port.state()
    left = [pool.credits for pool in s.pools]
    waiting = [[] for _ in s.pools]
    tick = 0
    while True:
        while one_round(s, tick, every, servers, left, waiting):
            pass
        if all(i.end >= 0 for i in every):
            break
        tick = next_tick(s, tick, servers)
    return [(i.ready, i.queued, i.start, i.end) for i in every]


def next_tick(s, tick, servers):
    """The next one; where no bandwidth is shared, the next one at which something can happen."""
    serving = [(server.resource.kind, i) for server in servers for i in server.serving]
    if any(kind == "rate" for kind, _ in serving):
        return tick + 1
    known = [*s.arrival, *(server.idle_at for server in servers), *(i.data_end for _, i in serving),
             *(i.start + s.service[i.task] for kind, i in serving if kind == "fixed")]
    later = [t for t in known if t > tick]
    if not later:
        raise DeadlockError
    return min(later)


def one_round(s, tick, every, servers, left, waiting):
    """One round of a tick; False where nothing happens."""
    happened = False

    def order(i):
        return (s.priority[i.task], i.ready, i.number)

    # every task that ends at this tick ends
    ending = []
    for server in servers:
        if server.resource.kind == "fixed":
            ending += [i for i in server.serving if tick == i.start + s.service[i.task]]
        elif server.resource.kind == "rate":
            ending += [i for i in server.serving if is_served(s, server)(i)
                       and virtual_time(s, server, tick) - i.began >= int(s.service[i.task]) << SHARE_BITS]
        else:
            ending += [i for i in server.serving if tick == i.data_end]
    for server in servers:
        gone = [i for i in server.serving if i in ending]
        if gone and server.resource.kind == "rate":
            settle(s, server, tick)
        server.serving = [i for i in server.serving if i not in ending]
        present = {s.priority[i.task] for i in server.serving}
        server.virtual = {p: v for p, v in server.virtual.items() if p in present}
    for i in ending:
        i.end = tick
        happened = True
        for row in range(s.release_start[i.task], s.release_start[i.task + 1]):
            left[s.release_pool[row]] += s.release[row]
            assert left[s.release_pool[row]] <= s.pools[s.release_pool[row]].credits
    for i in every:
        if i.ready < 0 and tick >= s.arrival[i.task] and all(other.end >= 0 for other in i.needs) and all(
                tick >= other.over for other in i.turns):
            i.ready = tick
            happened = True
            if s.acquire_pool[i.task] >= 0:
                waiting[s.acquire_pool[i.task]].append(i)
            else:
                enter(s, i, servers, tick)
    # credits are granted
    for pool, queue in enumerate(waiting):
        while queue:
            head = min(queue, key=order)
            if s.acquire[head.task] > left[pool]:
                break
            left[pool] -= s.acquire[head.task]
            queue.remove(head)
            enter(s, head, servers, tick)
            happened = True
    # idle servers take from their queues
    for server in servers:
        kind, queue = server.resource.kind, server.queue
        if kind == "fixed" and not server.serving and queue:
            head = min(queue, key=order)
            queue.remove(head)
            head.start = tick
            server.serving.append(head)
            happened = True
        elif kind == "rate" and queue:
            urgent = min(s.priority[i.task] for i in [*queue, *server.serving])
            new = [i for i in queue if s.priority[i.task] == urgent]
            if new:
                settle(s, server, tick)
                server.virtual.setdefault(urgent, 0)
            for i in new:
                queue.remove(i)
                i.start, i.began = tick, server.virtual[urgent]
                server.serving.append(i)
                happened = True
        elif kind == "dram" and queue and tick >= server.idle_at:
            chunk(s, server, min(queue, key=lambda i: (s.priority[i.task], i.chunks, i.ready, i.number)), tick)
            happened = True
    return happened


def enter(s, i, servers, tick):
    i.queued = tick
    servers[s.resource[i.task]].queue.append(i)


def is_served(s, server):
    urgent = min((s.priority[i.task] for i in server.serving), default=0)
    return lambda i: s.priority[i.task] == urgent


def virtual_time(s, server, tick):
    served = list(filter(is_served(s, server), server.serving))
    return server.virtual[s.priority[served[0].task]] + ((tick - server.since) << SHARE_BITS) // len(served)


def settle(s, server, tick):
    if server.serving:
        server.virtual[min(s.priority[i.task] for i in server.serving)] = virtual_time(s, server, tick)
    server.since = tick


def chunk(s, server, i, tick):
    from hwsim.memory.dram.port_kernel import serve_chunk

    size, j = server.resource.port.chunk_bytes, i.task
    if i.chunks == 0:
        i.start = tick
        server.serving.append(i)
    done = i.chunks * size
    server.idle_at, end = serve_chunk(
        *server.state, tick, s.address[j] + i.repetition * s.address_step[j], done, min(size, s.moved_bytes[j] - done),
        s.run_bytes[j], s.pitch_bytes[j], s.write[j])
    i.chunks += 1
    if i.chunks * size >= s.moved_bytes[j]:
        server.queue.remove(i)
        i.data_end, i.over = end, server.idle_at
