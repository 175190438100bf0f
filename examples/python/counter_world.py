"""A world to read in a minute: bring a counter to its target with the words that are listed. No randomness, one agent."""

import dataclasses

from anchorgym_hash import observation_hash, state_hash

NAME = "counter"
VERSION = "1.0.0"
STATE_SCHEMA = "counter/1"
SPLITS = {"train": 8, "test": 4}
ACTIONS = ["add 1", "add 3", "take 1"]
MAX_TURNS = 12
MAX_ACTION_BYTES = 64
COMPONENTS = ["goal", "invalid"]


@dataclasses.dataclass(frozen=True)
class Task:
    task_id: str
    split: str
    index: int
    target: int

    @property
    def digest(self) -> bytes:
        return state_hash("task", "task/1", {"index": self.index, "split": self.split, "target": self.target})

    @property
    def title(self) -> str:
        return f"bring the counter to {self.target}"


@dataclasses.dataclass(frozen=True)
class State:
    task: Task
    value: int = 0
    turn: int = 0


@dataclasses.dataclass(frozen=True)
class Step:
    state: State
    validity: str
    normalized: str
    components: tuple
    end_reason: str


def task_at(split: str, index: int) -> Task:
    return Task(f"{NAME}/{VERSION}/{split}/{index}", split, index, 4 + index + (SPLITS["train"] if split == "test" else 0))


def task_by_id(task_id: str):
    parts = task_id.split("/")
    if parts[:2] != [NAME, VERSION] or len(parts) != 4 or parts[2] not in SPLITS or not parts[3].isdecimal():
        return None
    return task_at(parts[2], int(parts[3])) if int(parts[3]) < SPLITS[parts[2]] else None


def step(state: State, text: str) -> Step:
    """Whatever the text says, something comes out."""
    change = {"add 1": 1, "add 3": 3, "take 1": -1}.get(text)
    value = state.value if change is None else max(0, state.value + change)
    after = State(state.task, value, state.turn + 1)
    reached = value == state.task.target
    components = (("goal", 1.0),) if reached else (("invalid", -0.1),) if change is None else ()
    end = "GOAL_REACHED" if reached else "MAX_TURNS" if after.turn >= MAX_TURNS else ""
    return Step(after, "NOT_ADMISSIBLE" if change is None else "VALID", "" if change is None else text, components, end)


def observe(state: State) -> str:
    return f"The counter shows {state.value}; bring it to {state.task.target}."


def hashes(state: State) -> tuple:
    """Full, semantic and observation hash."""
    task = state.task.digest.hex()
    body = {"target": state.task.target, "value": state.value}
    full = state_hash("full", STATE_SCHEMA, {"rng": None, "state": body, "task": task, "turn": state.turn})
    semantic = state_hash("semantic", STATE_SCHEMA, {"state": body, "task": task})
    return full, semantic, observation_hash([observe(state)])
