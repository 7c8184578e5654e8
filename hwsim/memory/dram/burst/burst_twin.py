"""A second, separately written burst-level model: plain Python, every tick, every request, nothing skipped or sorted.

Slow and simple on purpose; the compiled model must issue the same commands at the same ticks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

from hwsim.memory.dram.commands import COLUMN_COMMANDS, Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.gates import SCOPES, gates
from hwsim.memory.dram.mapping import AddressMap, level_bits
from hwsim.memory.dram.traffic import Traffic

Issued = tuple[int, Command, int, int]  # tick, command, bank (or rank), transaction (-1: none)


@dataclass(eq=False, slots=True)
class Request:
    """A transaction in the controller."""

    line: int
    bank: int
    row: int
    write: bool
    arrived: int

    @property
    def access(self) -> Command:
        """The command that serves it."""
        return Command.WRITE if self.write else Command.READ


Wanted = Callable[[Request, Command], bool]


class Channel:
    """Banks and the history of commands, with the rules of ``gates``."""

    def __init__(self, device: DramDevice) -> None:
        self.banks = range(device.organisation.banks)
        self.sizes = {scope: 1 << bits for scope, bits in level_bits(device.organisation).items()}  # nodes of a scope
        self.rules = {command: [gate for gate in gates(device) if gate.after == command] for command in Command}
        self.open_row: dict[int, int] = {}
        self.history: dict[tuple[Command, str, int], list[int]] = defaultdict(list)

    def legal(self, command: Command, bank: int, tick: int) -> bool:
        """Return whether no gate holds ``command`` back."""
        for gate in self.rules[command]:
            own = bank % self.sizes[gate.scope]
            nodes = [own]
            if gate.elsewhere:
                above = self.sizes[SCOPES[SCOPES.index(gate.scope) - 1]]
                nodes = [n for n in range(self.sizes[gate.scope]) if n != own and n % above == own % above]
            for node in nodes:
                past = self.history[gate.before, gate.scope, node]
                if len(past) >= gate.window and tick < past[-gate.window] + gate.ticks:
                    return False
        return True

    def issue(self, command: Command, bank: int, tick: int) -> None:
        """Remember ``command``."""
        for scope, size in self.sizes.items():
            self.history[command, scope, bank % size].append(tick)

    def rank(self, bank: int) -> int:
        """Return the number of the rank (or pseudo channel) of ``bank``."""
        return bank % self.sizes["rank"]


@dataclass(slots=True)
class Twin:
    """A controller; ``log`` is what it issued."""

    device: DramDevice
    refresh: bool
    channel: Channel
    tick: int = 0
    reads: list[Request] = field(default_factory=list)
    writes: list[Request] = field(default_factory=list)
    active: list[Request] = field(default_factory=list)
    opening: tuple[Request, int] | None = None  # between the steps of an activate, and the last tick for the second
    started: Request | None = None  # the data clock was started for it
    clock_until: int = 0
    refreshes: list[int] = field(default_factory=list)  # ranks
    writing: bool = False
    pair: tuple[int, Command, int] = (-1, Command.ACT, 0)  # falling edge that a command restricts, and the command
    log: list[Issued] = field(default_factory=list)

    def send(self, request: Request) -> bool:
        """Take a request if there is room, or if a queued write of its line serves it."""
        if any(other.line == request.line for other in self.writes):
            return True
        queue = self.writes if request.write else self.reads
        if len(queue) == 32:
            return False
        queue.append(request)
        return True

    def step(self) -> None:
        """Advance a tick."""
        self.tick += 1
        timing = self.device.timing
        if self.refresh and self.tick % (timing.refi * timing.ticks_per_ck) == 0:
            self.refreshes += range(self.channel.sizes["rank"])
        if self.device.row_bus:
            if timing.ticks_per_ck == 1 or self.tick % 2 == 1:
                self.serve(lambda request, command: command in COLUMN_COMMANDS, columns=True)
            self.serve(lambda request, command: command not in COLUMN_COMMANDS and self.edge_allows(command, request.bank),
                       columns=False)
        elif timing.aad:
            self.split_step()
        else:
            self.serve(lambda request, command: True, columns=True)

    def next_command(self, request: Request) -> Command:
        """Return what ``request`` needs next."""
        row = self.channel.open_row.get(request.bank)
        return Command.ACT if row is None else request.access if row == request.row else Command.PRE

    def oldest_ready(self, queue: list[Request], wanted: Wanted) -> Request | None:
        """Return the oldest request whose command is wanted and legal, unless it would close a row that is still hit."""
        commands = [self.next_command(request) for request in queue]
        first_hit: dict[int, int] = {}
        for request, command in zip(queue, commands, strict=True):
            if command in COLUMN_COMMANDS:
                first_hit[request.bank] = min(request.arrived, first_hit.get(request.bank, request.arrived))
        kept_open = {request.bank for request in self.active}
        legal: dict[tuple[Command, int], bool] = {}
        best = None
        for request, command in zip(queue, commands, strict=True):
            bank = request.bank
            if self.opening is not None and bank == self.opening[0].bank:
                continue
            if command == Command.PRE and (bank in kept_open or first_hit.get(bank, request.arrived + 1) <= request.arrived):
                continue
            if (command, bank) not in legal:
                legal[command, bank] = wanted(request, command) and self.channel.legal(command, bank, self.tick)
            if legal[command, bank] and (best is None or request.arrived < best.arrived):
                best = request
        return best

    def serve(self, wanted: Wanted, columns: bool) -> None:
        """Issue the best command of the kind wanted: for an active row, for a refresh, for a queue."""
        request = self.oldest_ready(self.active, wanted) if columns else None
        if request is None:
            if self.refreshes:
                self.serve_refresh(wanted)
                return
            request = self.oldest_ready(self.choose_queue(), wanted)
        if request is not None:
            self.issue(request)

    def choose_queue(self) -> list[Request]:
        """Return the queue that is served."""
        if self.writing:
            self.writing = not (len(self.writes) < 0.2 * 32 and self.reads)
        else:
            self.writing = len(self.writes) > 0.8 * 32 or not self.reads
        return self.writes if self.writing else self.reads

    def serve_refresh(self, wanted: Wanted) -> None:
        """Close all banks of the first rank that waits, then refresh it."""
        rank = self.refreshes[0]
        banks = [b for b in self.channel.banks if self.channel.rank(b) == rank]
        closed = all(b not in self.channel.open_row for b in banks) and not (self.opening and self.opening[0].bank in banks)
        command = Command.REFRESH if closed else Command.PRE_ALL
        if command == Command.PRE_ALL and (any(r.bank in banks for r in self.active)
                                           or (self.opening and self.opening[0].bank in banks)):
            return
        if wanted(Request(-1, rank, -1, False, 0), command) and self.channel.legal(command, rank, self.tick):
            self.put(command, rank, -1)
            if command == Command.REFRESH:
                self.refreshes.pop(0)
            for bank in banks:
                self.channel.open_row.pop(bank, None)

    def issue(self, request: Request) -> None:
        """Issue the next command of ``request``."""
        command = self.next_command(request)
        self.put(command, request.bank, request.line)
        home = next(queue for queue in (self.active, self.reads, self.writes) if request in queue)
        if command == Command.PRE:
            del self.channel.open_row[request.bank]
            return
        home.remove(request)
        if command == Command.ACT:
            if self.device.timing.aad:
                self.opening = request, self.tick + self.device.timing.aad
            else:
                self.channel.open_row[request.bank] = request.row
                self.active.append(request)
        else:
            t = self.device.timing
            latency = t.cwl if request.write else t.cl
            self.clock_until = max(self.clock_until, self.tick + latency + t.bl + t.wck_post)

    def put(self, command: Command, bank: int, line: int) -> None:
        """Put ``command`` on its bus."""
        self.channel.issue(command, bank, self.tick)
        self.log.append((self.tick, command, bank, line))
        if self.tick % 2 == 1 and command not in COLUMN_COMMANDS:
            self.pair = self.tick + (3 if command == Command.ACT else 1), command, bank

    def edge_allows(self, command: Command, bank: int) -> bool:
        """Return whether a row command may issue at this edge of the clock (two ticks a cycle)."""
        if self.device.timing.ticks_per_ck == 1 or self.tick % 2 == 1:
            return True
        if command not in (Command.PRE, Command.PRE_ALL):
            return False
        tick, rising, other = self.pair
        if self.tick != tick or self.channel.rank(bank) != self.channel.rank(other):
            return True
        return rising in (Command.ACT, Command.PRE) and command == Command.PRE and bank != other

    def split_step(self) -> None:
        """Serve a tick of a device with activates in two steps and a data clock that must be started (LPDDR5)."""
        if self.started is not None:
            access, self.started = self.started, None
            self.issue(access)
            return
        best = None
        if self.opening is None or self.tick < self.opening[1]:
            best = self.oldest_ready(self.active, lambda request, command: True)
            if best is None and self.refreshes:
                before = len(self.log)
                self.serve_refresh(lambda request, command: True)
                if len(self.log) > before:
                    return
            elif best is None:
                best = self.oldest_ready(
                    self.choose_queue(), lambda request, command: command != Command.ACT or self.opening is None)
        stopped = self.device.timing.wck_post > 0 and self.tick >= self.clock_until
        if best is not None and self.next_command(best) in COLUMN_COMMANDS and stopped:
            if self.opening is None or self.opening[1] > self.tick + 1:
                self.log.append((self.tick, Command.CAS, best.bank, best.line))
                self.started = best
                return
            best = None
        if best is not None:
            self.issue(best)
        elif self.opening is not None:
            opened, self.opening = self.opening[0], None
            self.log.append((self.tick, Command.ACT_2, opened.bank, opened.line))
            self.channel.open_row[opened.bank] = opened.row
            self.active.append(opened)


def twin_log(device: DramDevice, mapping: str, traffic: Traffic, requests: int, refresh: bool = True) -> list[Issued]:
    """Return every command of a walk, as ``command_log`` does."""
    twin = Twin(device, refresh, Channel(device))
    places = AddressMap(device, mapping)
    located = ((line, *places.locate(line), write) for line, write in traffic.chunks())
    stream = chain.from_iterable(zip(*(part.tolist() for part in chunk), strict=True) for chunk in located)
    sent, tries = 0, 1
    line, bank, row, write = next(stream)
    while True:
        for _ in range(tries):
            if not twin.send(Request(line, bank, row, write, twin.tick)):
                break
            sent += 1
            if sent == requests:
                return twin.log
            line, bank, row, write = next(stream)
        twin.step()
        tries = 8
