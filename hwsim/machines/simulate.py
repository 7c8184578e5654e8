"""simulate: one accelerator, one workload, one Result."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.arch.description import Accelerator
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines import MACHINES
from hwsim.machines.machine import Machine
from hwsim.result.result import Result
from hwsim.workload.job import Job
from hwsim.workload.load import load_workload
from hwsim.workload.merge import merge
from hwsim.workload.network import Network

Workload = Network | Job | str
FIDELITIES = ("analytic", "event", "cycle")


def build_machine(accelerator: Accelerator | str) -> Machine:
    """Return the machine that runs ``accelerator`` (a description, a template's name or a path).

    Raises
    ------
    ConfigError
        An unknown kind, or a description that lacks what its kind needs.
    """
    description = load_accelerator(accelerator)
    if description.kind not in MACHINES:
        raise ConfigError(Fault("unknown machine kind", path=f"{description.name}.kind", value=repr(description.kind),
                                allowed=", ".join(MACHINES), nearest=nearest(description.kind, MACHINES)))
    if description.link_bytes_per_s is not None:
        raise ConfigError(Fault("only a part has a link to the memories of a whole",
                                path=f"{description.name}.link_bytes_per_s"))
    return MACHINES[description.kind](description)


def simulate(
    accelerator: Accelerator | str, workload: Workload | Sequence[Workload], *, policy: object = None,
    fidelity: str = "analytic", seed: int = 0,
) -> Result:
    """Run ``workload`` on ``accelerator``.

    Parameters
    ----------
    accelerator : a description, a template's name or a path.
    workload : a network, a job, a workload's name or a path; or a list of these. At the ``event`` fidelity the jobs of a
        list share the accelerator from their arrivals on; at the others they run one after another, but on the parts of a
        ``heterogeneous`` one beside each other.
    policy : how work is scheduled: an ``hwsim.Assign`` on an accelerator of kind ``heterogeneous``; others have none.
    fidelity : ``analytic`` (closed forms), ``event`` (tiles on shared servers) or ``cycle`` (register-level stepper; small
        workloads).
    seed : of everything random (operands of the ``cycle`` fidelity).

    Raises
    ------
    ConfigError
        A fidelity or policy that the machine does not have, a workload that cannot run on it, or arrivals and priorities
        at a fidelity without queues.
    """
    model = build_machine(accelerator)
    faults = []
    if fidelity not in model.fidelities:
        near = nearest(fidelity, model.fidelities)
        faults.append(Fault(f"{model.accelerator.name} ({model.kind}) does not run at this fidelity", path="fidelity",
                            value=repr(fidelity), allowed=", ".join(model.fidelities), nearest=near))
    if policy is not None:
        try:
            model = model.under(policy)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    if isinstance(workload, str) or not isinstance(workload, Sequence):
        workload = [workload]
    jobs = [_job(one) for one in workload]
    if fidelity != "event" and not all(job.is_plain for job in jobs):
        raise ConfigError(Fault("arrivals and priorities need queues", path="fidelity", value=repr(fidelity), allowed="event"))
    return model.result(merge([job.network for job in jobs]), fidelity=fidelity, seed=seed, jobs=jobs)


def _job(workload: Workload) -> Job:
    if isinstance(workload, Job):
        return workload
    return Job(workload if isinstance(workload, Network) else load_workload(workload))
