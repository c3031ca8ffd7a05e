"""``nimble-local faults``: list faults, and switch them on and off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nimble_local.commands import options
from nimble_local.commands.output import pairs, say, say_json, say_table
from nimble_local.control_client import Control
from nimble_local.emulator.faults.kinds import KINDS, Choice, Number, limits, rule

if TYPE_CHECKING:
    import argparse

    from nimble_local.emulator.faults.kinds import Parameter

_ABOUT = """\
Without a subcommand, lists the faults that are switched on. Faults combine. Each can
be limited to an operation, a session, a number of hits, a duration on the emulated
clock, or a probability with a seed.

Examples:
  nimble-local faults add rate-limit --per-second 10
  nimble-local faults add start-failure --code INSUFFICIENT_CAPACITY --count 2
  nimble-local faults add error --operation GetStreamingSession --probability 0.2 --seed 7
  nimble-local faults add external-act --act stop --session-id yeG7lDwNQEiwNTRT7DrV7Q --seconds 60
  nimble-local faults
  nimble-local faults clear
"""
_LIMITS = {
    "operation": "only requests of this operation",
    "sessionId": "only this session",
    "count": "the number of hits, after which it's switched off",
    "forSeconds": "seconds on the emulated clock until it's switched off; or 15min, 2h",
    "probability": "the probability of a hit, from 0 to 1 (default: 1)",
    "seed": "the same seed gives the same hits (default: 0)",
}
_FIELDS = ("id", "kind", "operation", "sessionId", "left", "hits")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand, which has subcommands of its own."""
    parser = options.add(commands, "faults", run, "show faults, switch them on and off", _ABOUT)
    under = parser.add_subparsers(metavar="SUBCOMMAND")
    adding = options.add(
        under,
        "add",
        run,
        "switch a fault on",
        "nimble-local faults add KIND --help shows its parameters.",
    )
    kinds = adding.add_subparsers(required=True, metavar="KIND")
    for kind, (about, own) in KINDS.items():
        one = options.add(kinds, kind, _add, about[0].lower() + about[1:].rstrip("."))
        one.set_defaults(kind=kind)
        parameters = one.add_argument_group("parameters")
        for name in own:
            _option(parameters, name, rule(kind, name))
        limiting = one.add_argument_group("limits")
        for name in limits(kind):
            _option(limiting, name, rule(kind, name), _LIMITS[name])
    removing = options.add(under, "remove", _remove, "switch faults off")
    removing.add_argument("fault", nargs="+", metavar="ID", help="as nimble-local faults shows it")
    options.add(under, "clear", _clear, "switch all faults off")


def _option(
    group: argparse._ArgumentGroup, name: str, known: Parameter, about: str | None = None
) -> None:
    flag = "--" + re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", name)
    details: dict[str, Any] = {"dest": name, "required": known.required}
    words = []
    match known:
        case Number():
            seconds = name.lower().endswith("seconds")
            details |= {"type": options.duration if seconds else float, "metavar": "N"}
            words.append(f"from {known.low:g} to {known.high:g}")
        case Choice():
            details |= {"choices": known.words, "metavar": "NAME"}
            words.append(f"one of {', '.join(known.words)}")
        case _:
            details |= {"metavar": "TEXT"}
            words.append("any text")
    if known.required:
        words.append("required")
    elif known.default is not None:
        words.append(f"default: {known.default}")
    group.add_argument(flag, help=about or "; ".join(words), **details)


def run(asked: argparse.Namespace) -> int:
    """Show the faults that are switched on."""
    found = Control(asked.url).faults()
    if asked.json:
        say_json(found)
    elif found:
        say_table(("ID", "KIND", "WHAT", "LEFT", "HITS"), [_row(fault) for fault in found])
    else:
        say("No fault is switched on.")
    return 0


def _row(fault: dict[str, Any]) -> tuple[object, ...]:
    what = {name: fault[name] for name in fault if name not in _FIELDS}
    scope = {name: fault[name] for name in ("operation", "sessionId") if fault[name]}
    left = "" if fault["left"] is None else fault["left"]
    return fault["id"], fault["kind"], pairs({**what, **scope}), left, fault["hits"]


def _add(asked: argparse.Namespace) -> int:
    names = [*KINDS[asked.kind][1], *limits(asked.kind)]
    wanted = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    fault = Control(asked.url).add_fault(kind=asked.kind, **wanted)
    say_json(fault) if asked.json else say(f"Switched on: {asked.kind} {fault['id']}")
    return 0


def _remove(asked: argparse.Namespace) -> int:
    control = Control(asked.url)
    for fault_id in asked.fault:
        control.remove_fault(fault_id)
    return _switched_off(asked, asked.fault)


def _clear(asked: argparse.Namespace) -> int:
    control = Control(asked.url)
    ids = [fault["id"] for fault in control.faults()]
    for fault_id in ids:
        control.remove_fault(fault_id)
    return _switched_off(asked, ids)


def _switched_off(asked: argparse.Namespace, ids: list[str]) -> int:
    say_json({"removed": ids}) if asked.json else say(f"Switched off: {len(ids)}.")
    return 0
