"""How good calls are, as their sides tell it: kept, logged, listed."""

from __future__ import annotations

from loguru import logger

from chatd.domain.call import Call
from chatd.domain.quality import Measured, Quality
from chatd.domain.times import to_text
from chatd.protocol.calling import QualityRow
from chatd.service.context import Services

LOG = logger.bind(area="calls")


def put(services: Services, call: Call, participant_id: str, quality: Quality) -> None:
    """What one side tells; of what is wrong the log is told once."""
    known = services.qualities.of(call.id).get(participant_id)
    news = [one for one in quality.troubles if not known or one not in known.troubles]
    services.qualities.put(call.id, participant_id, quality, to_text(services.now()))
    if news:
        said = ", ".join(news)
        LOG.info("{call} {who} has trouble: {what}", call=call.id, who=participant_id, what=said)


def row(participant_id: str, told: Measured) -> QualityRow:
    """What one side told, as it is listed."""
    last = told.last
    return QualityRow(
        id=participant_id,
        at=told.at,
        state=last.state,
        route=last.route,
        rtt_ms=last.rtt_ms,
        worst_rtt_ms=told.worst_rtt_ms,
        jitter_ms=last.jitter_ms,
        loss_in=last.loss_in,
        loss_out=last.loss_out,
        worst_loss=told.worst_loss,
        kbps_in=last.kbps_in,
        kbps_out=last.kbps_out,
        codecs=list(last.codecs),
        troubles=list(told.troubles),
    )
