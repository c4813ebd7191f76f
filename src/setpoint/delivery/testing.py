"""The conformance suite of channels: what every channel must do, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from setpoint.delivery.types import Channel, ChannelLimits, OutgoingMessage


class Provider(Protocol):
    """The other end, as a test can see it."""

    def received(self) -> Sequence[str]:
        """The keys of messages that arrived, once for each time they were taken."""
        ...

    def refuse(self, address: str, how: str) -> None:
        """Answer for this address with "dead" (bounced), "never" (rejected) or "later" (retry)."""
        ...

    def stop(self) -> None:
        """Be gone: no connection can be made any more."""
        ...


def message(number: int, address: str = "") -> OutgoingMessage:
    """A message that any channel can carry, with text in two scripts and a line that begins with a dot."""
    return OutgoingMessage(
        key=f"{number:032x}",
        delivery_id=number,
        address=address or f"customer{number}@example.com",
        subject=f"Offer {number} · 优惠",
        text=f"Hello {number}\n.a line with a dot\n你好\n",
        html=f"<p>Hello {number}</p>\n<p>你好</p>",
        headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        metadata={"customer_id": number},
    )


def check_channel(make_channel: Callable[[], Channel], provider: Provider) -> None:
    """Run every check; the first that fails raises AssertionError with the rule that is broken."""
    channel = make_channel()
    _check_limits(channel.limits)
    _check_delivery(channel, provider)
    _check_single_failures(channel, provider)
    _check_look_up(channel)
    provider.stop()
    _check_outage(make_channel())


def _check_limits(limits: ChannelLimits) -> None:
    _expect(limits.batch >= 1, "a batch holds at least one message")
    _expect(limits.connections >= 1, "there is at least one connection")
    _expect(limits.per_second >= 0, "the rate is not negative")
    _expect(limits.proof_after >= 0, "the time until absence is proof is not negative")


def _check_delivery(channel: Channel, provider: Provider) -> None:
    batch = [message(number) for number in range(1, 4)]
    receipts = channel.send(batch)
    _expect(sorted(receipt.key for receipt in receipts) == [one.key for one in batch], "one receipt each")
    _expect(all(receipt.status in ("accepted", "delivered") for receipt in receipts), "healthy messages are taken")
    _expect(sorted(provider.received()) == [one.key for one in batch], "each message arrives once")
    channel.send([])
    _expect(len(provider.received()) == len(batch), "an empty batch sends nothing")


def _check_single_failures(channel: Channel, provider: Provider) -> None:
    wanted = {"dead": "bounced", "never": "rejected", "later": "retry"}
    for number, how in enumerate(wanted, start=10):
        provider.refuse(f"customer{number}@example.com", how)
    batch = [message(number) for number in (*range(10, 13), 13)]
    before = len(provider.received())
    heard = {receipt.key: receipt.status for receipt in channel.send(batch)}
    for number, status in enumerate(wanted.values(), start=10):
        _expect(heard[f"{number:032x}"] == status, f"{status} is told as such")
    _expect(heard[batch[-1].key] in ("accepted", "delivered"), "one bad message does not spoil the next")
    _expect(len(provider.received()) == before + 1, "refused messages do not arrive")


def _check_look_up(channel: Channel) -> None:
    sent, never = f"{1:032x}", f"{999:032x}"
    found = channel.find([sent, never])
    _expect(set(found) == {sent, never}, "an answer for each key")
    _expect(found[never] is not True, "nothing is found that was never sent")


def _check_outage(channel: Channel) -> None:
    (receipt,) = channel.send([message(50)])
    _expect(receipt.status == "retry", "an outage before the hand-over is a reason to try again")
    _expect(receipt.provider_fault, "an outage is the provider's fault")


def _expect(holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(f"the channel breaks the rule: {rule}")
