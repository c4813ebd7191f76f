/** The control room: one campaign, live. Goal, limits and controls stay in sight; everything else is below them. */
import { CopyOutlined, FileTextOutlined } from "@ant-design/icons";
import { Button, Grid } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useParams } from "react-router";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import { useFormats } from "@/ui/formats";
import { useCompany } from "@/ui/company";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer, FailureNote } from "@/ui/States";
import { Actions } from "./room/Actions";
import { Allocation } from "./room/Allocation";
import { Arms } from "./room/Arms";
import { Controls } from "./room/Controls";
import { Decisions } from "./room/Decisions";
import { Funnel } from "./room/Funnel";
import { GoalDeck } from "./room/GoalDeck";
import { Ledger } from "./room/Ledger";
import { Limits } from "./room/Limits";
import { Now } from "./room/Now";
import { Rounds } from "./room/Rounds";
import { Strip } from "./room/Strip";
import { Status } from "./Status";
import type { Room } from "./words";
import "./room/room.css";

const PROGRESS = "/api/campaigns/{campaign_id}/progress";

/** Has the deck left the screen? Then the strip takes its place. */
function useIsPast(): [React.RefObject<HTMLDivElement | null>, boolean] {
  const mark = useRef<HTMLDivElement>(null);
  const [isPast, setPast] = useState(false);
  useEffect(() => {
    if (!mark.current) return undefined;
    const watch = new IntersectionObserver(([entry]) => setPast(entry !== undefined && !entry.isIntersecting && entry.boundingClientRect.top < 0));
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, []);
  return [mark, isPast];
}

function RoomBody({ room, isLive }: { room: Room; isLive: boolean }) {
  const [end, isPast] = useIsPast();
  const isWide = Grid.useBreakpoint().lg ?? true;
  const people = <Decisions campaign={room.campaign.id} rounds={room.rounds} metric={room.goal.metric} />;
  return (
    <>
      {isPast && <Strip room={room} />}
      {room.campaign.failure && <FailureNote className="room-error" failure={room.campaign.failure} />}
      <div className="room-deck">
        <GoalDeck room={room} />
        <div className="room-side">
          <Limits room={room} />
          <Now room={room} isLive={isLive} />
          <Controls room={room} />
        </div>
      </div>
      <div ref={end} />
      <div className="room-columns">
        <div>
          <Rounds room={room} />
          {isWide && people}
        </div>
        <div>
          <Actions room={room} />
          <Arms room={room} />
          <Funnel funnel={room.funnel} />
          <Allocation room={room} />
          <Ledger room={room} />
          {!isWide && people}
        </div>
      </div>
    </>
  );
}

function Lead({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const { campaign: c, goal } = room;
  const parts = [
    c.launched_at ? t("lead.launched", { when: f.when(c.launched_at, now()) }) : "",
    c.state !== "ended" ? t("lead.round", { number: c.round, of: Math.max(goal.rounds_planned, c.round) }) : "",
    c.ended_at ? t("lead.ended", { when: f.when(c.ended_at, now()) }) : t("lead.deadline", { when: f.date(goal.deadline) }),
  ];
  return (
    <span className="room-lead">
      <Status state={c.state} outcome={c.outcome} waitingFor={c.waiting_for} hasError={c.failure !== null} />
      {parts.filter(Boolean).join(" · ")}
    </span>
  );
}

export function Component() {
  const { t } = useTranslation("autopilot");
  const id = Number(useParams()["id"]);
  const head = api.useQuery("get", "/api/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } });
  const isDraft = head.data?.state === "draft";
  const asked = api.useQuery("get", PROGRESS, { params: { path: { campaign_id: id } } }, { enabled: head.data !== undefined && !isDraft });
  const copy = api.useMutation("post", "/api/campaigns/{campaign_id}/duplicate");
  const mayWrite = useMay("campaigns:write");
  const go = useNavigate();
  const isLive = useLive([`campaign:${id}`], () => void refresh("/api/campaigns/{campaign_id}"));
  if (isDraft) return <Navigate to={`/campaigns/${id}/edit`} replace />;
  const help = ["both", "limits", "controls", "rounds"].map((part) => <p key={part}>{t(`help.room.${part}`)}</p>); // keys: help.room.*
  return (
    <Page
      title={head.data?.name ?? asked.data?.campaign.name ?? t("campaign")}
      lead={asked.data && <Lead room={asked.data} />}
      help={help}
      actions={
        <>
          <LinkButton to={`/reports/${id}`} icon={<FileTextOutlined />}>{t("report.open")}</LinkButton>
          {mayWrite && (
            <Button icon={<CopyOutlined />} loading={copy.isPending} onClick={() => copy.mutate({ params: { path: { campaign_id: id } } }, { onSuccess: (made) => void go(`/campaigns/${made.id}/edit`) })}>
              {t("duplicate")}
            </Button>
          )}
        </>
      }
    >
      <Answer of={head.error ? { ...asked, error: head.error, isPending: false } : asked} rows={12}>
        {(room) => <RoomBody room={room} isLive={isLive} />}
      </Answer>
    </Page>
  );
}
