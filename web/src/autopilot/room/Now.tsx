/** What the system does now, in one sentence, and what it will do next and when. */
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useFigures, type Room } from "../words";

export function Now({ room, isLive }: { room: Room; isLive: boolean }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const figures = useFigures(room.goal.metric);
  const { doing } = room;
  const next = doing.next;
  const when = (at: string | null | undefined) => (at ? f.when(at, now()) : t("now.soon"));
  // keys: doing.*, outcome.*, then.*
  const outcome = doing.names?.["outcome"];
  const reason = room.rounds.at(-1)?.reason;
  const words = doing.code === "ended" && outcome ? t("doing.endedAs", { outcome: t(`outcome.${outcome}`) }) : t(`doing.${doing.code}`, figures(doing));
  const isMoving = room.campaign.state === "running" && ["sending", "looking", "planning"].includes(doing.code);
  return (
    <section className="section now" aria-live="polite" aria-label={t("now.title")}>
      <div className="now-head">
        <span className="now-dot" data-moving={isMoving} data-state={room.campaign.state} aria-hidden />
        <h2>{words}</h2>
      </div>
      {next && <p className="now-next">{t(`then.${next.code}`, { ...figures(next), when: when(next.at) })}</p>}
      {doing.code === "ended" && reason && outcome !== "cancelled" && <p className="now-next">{t(`why.${reason.replaceAll(":", "_")}`)}</p>}
      {/* keys: why.* */}
      {!isLive && room.campaign.state !== "ended" && <p className="now-next soft">{t("now.notLive")}</p>}
    </section>
  );
}
