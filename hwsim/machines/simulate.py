"""simulate: one accelerator, one workload, one Result."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.arch.description import Accelerator
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines import MACHINES
from hwsim.machines.machine import Machine
from hwsim.result.result import Result
from hwsim.workload.load import load_workload
from hwsim.workload.merge import merge
from hwsim.workload.network import Network

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
    return MACHINES[description.kind](description)


def simulate(
    accelerator: Accelerator | str, workload: Network | str | Sequence[Network | str], *, policy: object = None,
    fidelity: str = "analytic", seed: int = 0,
) -> Result:
    """Run ``workload`` on ``accelerator``.

    Parameters
    ----------
    accelerator : a description, a template's name or a path.
    workload : a network, a workload's name or a path; of a list, the networks run one after another.
    policy : how work that arrives over time is scheduled; no machine has one yet.
    fidelity : ``analytic`` (closed forms) or ``cycle`` (register-level stepper; small workloads).
    seed : of everything random (operands of the ``cycle`` fidelity).

    Raises
    ------
    ConfigError
        A fidelity or policy that the machine does not have, or a workload that cannot run on it.
    """
    model = build_machine(accelerator)
    faults = []
    if fidelity not in model.fidelities:
        near = nearest(fidelity, model.fidelities)
        faults.append(Fault(f"{model.accelerator.name} ({model.kind}) does not run at this fidelity", path="fidelity",
                            value=repr(fidelity), allowed=", ".join(model.fidelities), nearest=near))
    if policy is not None:
        faults.append(Fault(f"{model.accelerator.name} ({model.kind}) has no policies", path="policy", value=repr(policy)))
    if faults:
        raise ConfigError(faults)
    jobs = [workload] if isinstance(workload, (Network, str)) else list(workload)
    network = merge([job if isinstance(job, Network) else load_workload(job) for job in jobs])
    return model.result(network, fidelity=fidelity, seed=seed)
