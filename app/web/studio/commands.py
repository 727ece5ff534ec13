"""Carries out one command of the protocol, whoever sent it: a page or a program."""

from __future__ import annotations

from typing import assert_never

from app.accounts import Event
from app.control.client import require_ok
from app.control.models import Rank
from app.core.errors import Conflict, StudioError
from app.core.identity import Identity
from app.devices import Placement
from app.web import protocol as p
from app.web.access.rights import command_right, require
from app.web.execution import commands as deployment_commands
from app.web.execution.commands import PolicyCommand
from app.web.guided import commands as guided_commands
from app.web.guided.commands import GuidedCommand
from app.web.studio.studio import Studio

type Driving = p.Beat | p.Jog | p.JogJoints | p.Target | p.GoHome | p.FollowLeader


# Sent many times a second: what they did is in the dataset, and who sent them in the lease.
_UNWRITTEN = (p.Beat, p.Jog, p.JogJoints, p.Target, p.PolicyPush)


class NotHolder(Conflict):
    """A motion command from a client that does not hold the lease."""

    code = "not_holder"


class Commands:
    """Dispatches commands to rig and recorder. Every error is a `StudioError` with a sentence."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def carry_out(self, command: p.ClientMessage, who: Identity) -> str:
        """Do it where the role reaches, and write it down; returns a sentence for the reply, mostly ""."""
        outcome = "failed"
        try:
            require(command_right(command.type), who.role)
            text = await self._carry_out(command, who)
            outcome = "done"
        except StudioError:
            outcome = "refused"
            raise
        finally:
            if not isinstance(command, _UNWRITTEN):
                self._studio.access.note(Event(who.user, who.role.value, command.type, outcome, client=who.client))
        return text

    async def _carry_out(self, command: p.ClientMessage, who: Identity) -> str:
        match command:
            case p.Beat() | p.Jog() | p.JogJoints() | p.Target() | p.GoHome() | p.FollowLeader():
                self._drive(command, who)
            case p.EmergencyStop():
                self._studio.stop(self._studio.name_of(who))
            case p.ResetStop() | p.LeaseAcquire() | p.LeaseAnswer() | p.LeaseRelease():
                return await self._lease(command, who)
            case p.PlaceObject() | p.Demonstrate():
                return await self._scene(command, who)
            case p.Ping() | p.SceneWatch():
                return ""
            case _ if isinstance(command, GuidedCommand):
                return await guided_commands.carry_out(self._studio, command, who)
            case _ if isinstance(command, PolicyCommand):
                return await deployment_commands.carry_out(self._studio, command, who)
            case _:
                return await self._record(command)
        return ""

    def _drive(self, command: Driving, who: Identity) -> None:
        client = self._studio.require_rig()
        epoch = self._require_holder(who)
        match command:
            case p.Beat():
                client.beat(epoch)
            case p.Jog():
                client.jog(
                    epoch,
                    command.sequence,
                    command.linear_m_s,
                    pitch_deg_s=command.pitch_deg_s,
                    roll_deg_s=command.roll_deg_s,
                    gripper_per_s=command.gripper_per_s,
                    side=command.side,
                )
            case p.JogJoints():
                client.jog_joints(epoch, command.sequence, self._per_joint(command.speed))
            case p.Target():
                client.target(epoch, command.sequence, self._per_joint(command.position))
            case p.GoHome():
                client.home(epoch)
            case p.FollowLeader():
                if not client.attached.leader:
                    raise Conflict("This rig has no leader arm.", todo="Describe one in its rig file, [leader].")
                client.lead(epoch, command.on)
            case _:
                assert_never(command)

    def _per_joint(self, values: list[float]) -> tuple[float, ...]:
        joints = self._studio.rig_facts.joints if self._studio.rig_facts else ()
        if len(values) != len(joints):
            raise Conflict(
                f"The command has {len(values)} values; this arm has {len(joints)} joints.",
                todo=f"Send one value for each of: {', '.join(joint.name for joint in joints)}.",
            )
        return tuple(values)

    async def _lease(
        self,
        command: p.ResetStop | p.LeaseAcquire | p.LeaseAnswer | p.LeaseRelease,
        who: Identity,
    ) -> str:
        client = self._studio.require_rig()
        match command:
            case p.ResetStop():
                reply = await self._studio.reset_stop(who.client)
            case p.LeaseAcquire():
                self._studio.drivers.inputs[who.client] = command.input
                reply = await client.acquire(who.client, Rank.person, self._label(command, who))
                if reply.ok and reply.code == "granted":
                    await self._studio.lease_known(int(reply.values["epoch"]))
            case p.LeaseAnswer():
                reply = await client.answer_handover(self._require_holder(who), command.grant)
            case p.LeaseRelease():
                reply = await client.release(self._require_holder(who))
            case _:
                assert_never(command)
        require_ok(reply)
        return reply.text

    def _label(self, command: p.LeaseAcquire, who: Identity) -> str:
        """What others see. Where people sign in it is the account's name, and nobody else's."""
        return f"{who.user} ({command.input or 'browser'})" if self._studio.access.sign_in else command.label

    def _require_holder(self, who: Identity) -> int:
        """The epoch of the lease this client holds; NotHolder says who has it instead."""
        lease = self._studio.lease()
        if lease is None or not lease.source or lease.source != who.client:
            holder = f"{lease.label} has it" if lease and lease.source else "nobody has it"
            raise NotHolder(f"This client does not control the arm: {holder}.", todo="Take control first.")
        return lease.epoch

    async def _scene(self, command: p.PlaceObject | p.Demonstrate, who: Identity) -> str:
        if isinstance(command, p.Demonstrate):
            seed = command.seed if command.seed is not None else self._studio.clock.monotonic_ns() % 2**31
            await self._studio.scene.demonstrate(seed)
        else:
            placement = Placement(command.x_cm, command.y_cm, command.yaw_deg)
            await self._studio.scene.place(placement, command.start, who.client)
        return ""

    async def _record(self, command: p.ClientMessage) -> str:
        recorder = self._studio.recorder
        match command:
            case p.RecordStart():
                await recorder.start(skip_countdown=command.skip_countdown)
            case p.RecordCancel():
                await recorder.cancel()
            case p.RecordPause():
                recorder.pause()
            case p.RecordResume():
                recorder.resume()
            case p.RecordStop():
                await recorder.stop()
            case p.RecordSave():
                outcome = command.outcome.value if command.outcome else ""
                await recorder.save(outcome, command.recovery_cause)
                await self._studio.guided.settled()
            case p.RecordDiscard():
                await recorder.discard()
                if command.again:
                    await self._studio.guided.homing.over()
                    await recorder.start()
            case p.RecordUndo():
                await recorder.undo()
                await self._studio.guided.settled()
            case p.RecoveryMark():
                recorder.mark_recovery(command.open, command.cause)
            case p.RecordSetup():
                await recorder.change_setup(**command.model_dump(exclude={"id", "type"}))
                await self._studio.guided.settled()
            case _:
                raise Conflict(f"'{command.type}' is not carried out here.")
        return ""
