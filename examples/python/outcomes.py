"""World values as messages: outcomes, sessions."""

import counter_world as world
from anchorgym.v1 import environment_pb2
from anchorgym_hash import state_hash


def _space(unchanged: bool) -> environment_pb2.ActionSpace:
    digest = state_hash("action-space", "action-space/1", {"admissible": world.ACTIONS, "complete": True})
    if unchanged:
        return environment_pb2.ActionSpace(digest=digest, unchanged=True, complete=True)
    return environment_pb2.ActionSpace(digest=digest, admissible=world.ACTIONS, complete=True)


def _agent(state: world.State, goes_on: bool) -> environment_pb2.AgentOutcome:
    _, _, observation = world.hashes(state)
    agent = environment_pb2.AgentOutcome(agent_id="", observation_hash=observation)
    agent.observation.blocks.add(text=world.observe(state))
    if goes_on:
        agent.action_space.CopyFrom(_space(unchanged=state.turn > 0))
    return agent


def _outcome(state: world.State, agent, end_reason: str) -> environment_pb2.Outcome:
    full, semantic, _ = world.hashes(state)
    outcome = environment_pb2.Outcome(
        seq=state.turn, turn=state.turn, agents=[agent], full_state_hash=full, semantic_state_hash=semantic
    )
    if end_reason:
        outcome.end_reason = getattr(environment_pb2, f"END_REASON_{end_reason}")
        outcome.score = 1.0 if end_reason == "GOAL_REACHED" else 0.0
    else:
        outcome.acting_agents.append("")
    return outcome


def initial_outcome(state: world.State) -> environment_pb2.Outcome:
    return _outcome(state, _agent(state, True), "")


def step_outcome(session, action):
    """The outcome of one action, and what the world said. An agent's mistake is judged here, never refused."""
    kind = action.WhichOneof("action")
    text, mistake = "", ""
    if kind == "tool_calls":
        mistake = "SCHEMA_MISMATCH"
    elif kind == "choice":
        text = world.ACTIONS[action.choice] if action.choice < len(world.ACTIONS) else ""
    elif len(action.text.encode()) > world.MAX_ACTION_BYTES:
        mistake = "UNPARSABLE"
    else:
        text = action.text
    after = world.step(session.state, text)
    agent = _agent(after.state, after.end_reason == "")
    agent.action_validity = getattr(environment_pb2, f"ACTION_VALIDITY_{mistake or after.validity}")
    agent.normalized_action = after.normalized
    for name, value in after.components:
        agent.reward_components.add(name=name, value=value)
    agent.reward = sum(value for _, value in after.components)
    agent.terminated = after.end_reason == "GOAL_REACHED"
    agent.truncated = after.end_reason == "MAX_TURNS"
    return _outcome(after.state, agent, after.end_reason), after


def lean(outcome: environment_pb2.Outcome) -> environment_pb2.Outcome:
    """Without observations and action spaces."""
    brief = environment_pb2.Outcome()
    brief.CopyFrom(outcome)
    for agent in brief.agents:
        agent.ClearField("observation")
        agent.ClearField("action_space")
    return brief


def session_message(session) -> environment_pb2.Session:
    full, semantic, _ = world.hashes(session.state)
    return environment_pb2.Session(
        session_id=session.session_id,
        group_id=session.group_id,
        lease_id=session.lease_id,
        replica_index=session.index,
        state=environment_pb2.SESSION_STATE_ACTIVE,
        epoch=session.epoch,
        next_seq=session.seq + 1,
        full_state_hash=full,
        semantic_state_hash=semantic,
    )
