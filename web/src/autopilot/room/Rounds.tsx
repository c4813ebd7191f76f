/** Rounds as a time line, newest first: what was seen, what was decided, what bound, what came of it. */
import { RightOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { useAmounts, type Room, type RoundView } from "../words";
import { RoundDetail } from "./RoundDetail";

export function Rounds({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const newest = [...room.rounds].reverse();
  const [open, setOpen] = useState<number | null>(room.rounds.length);
  return (
    <Section title={t("rounds.title")}>
      <ol className="rounds">
        {newest.map((round) => (
          <Round key={round.number} round={round} room={room} isOpen={open === round.number} onToggle={() => setOpen(open === round.number ? null : round.number)} />
        ))}
      </ol>
    </Section>
  );
}

function Round({ round, room, isOpen, onToggle }: { round: RoundView; room: Room; isOpen: boolean; onToggle: () => void }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const amounts = useAmounts(room.goal.metric);
  const body = `round-${round.number}`;
  const parts = [
    round.step === "over" || round.sent > 0 ? t("rounds.sent", { count: round.sent, n: f.number(round.sent) }) : round.to_send > 0 ? t("rounds.toSend", { count: round.to_send, n: f.number(round.to_send) }) : "",
    round.spent === null ? "" : t("rounds.spent", { money: f.money(round.spent) }),
    round.gained === null ? "" : t("rounds.gained", { gain: `${round.gained >= 0 ? "+" : "−"}${amounts.say(Math.abs(round.gained))}`, unit: amounts.unit }),
  ];
  return (
    <li className="round" data-step={round.step} data-outcome={round.outcome}>
      <button type="button" className="round-head" aria-expanded={isOpen} aria-controls={body} onClick={onToggle}>
        <span className="round-dot" aria-hidden />
        <span className="round-name">{t("rounds.name", { number: round.number })}</span>
        <span className="round-line">{parts.filter(Boolean).join(" · ") || t(`step.${round.step}`)}</span>
        <span className="round-when">{round.step === "over" || round.step === "measured" ? round.started_at && f.when(round.started_at, now()) : t(`step.${round.step}`)}</span>
        {/* keys: step.* */}
        <RightOutlined className="round-arrow" aria-hidden rotate={isOpen ? 90 : 0} />
      </button>
      {isOpen && (
        <div id={body} className="round-body">
          <RoundDetail round={round} metric={room.goal.metric} />
        </div>
      )}
    </li>
  );
}
