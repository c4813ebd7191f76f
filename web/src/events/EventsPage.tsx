/** What arrives now, whether it is whole, and how to connect what does not arrive yet. */
import { CheckCircleFilled, FilterOutlined, PauseOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { Button, Input, Tag } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useSettled } from "@/segments/usePreview";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote, Loading } from "@/ui/States";
import { Connect } from "./Connect";
import "./events.css";

type Arrival = components["schemas"]["ArrivalOut"];
type Health = components["schemas"]["HealthOut"];
const AGAIN_MS = 2_000;
const ROWS = 60;

export function Component() {
  const { t } = useTranslation("events");
  const [isPaused, setPaused] = useState(false);
  const health = api.useQuery("get", "/api/events/health", {}, { refetchInterval: isPaused ? false : AGAIN_MS });
  return (
    <Page title={t("tail.title")} lead={t("tail.lead")} help={<><p>{t("tail.help.what")}</p><p>{t("tail.help.machines")}</p></>}>
      <Answer of={health} rows={2}>
        {(now) => <HealthBar health={now} />}
      </Answer>
      <div className="events">
        <Tail seen={seenOf(health.data)} isPaused={isPaused} onPause={setPaused} />
        <div className="events-side">
          <Connect hasArrived={health.data !== undefined && health.data.last_at !== null} />
          {health.data && health.data.refused.length > 0 && <Refused refused={health.data.refused} />}
        </div>
      </div>
    </Page>
  );
}

function HealthBar({ health }: { health: Health }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const { now } = useCompany();
  const figures = [
    { key: "accepted_hour", tone: "plain" },
    { key: "accepted_day", tone: "plain" },
    { key: "waiting", tone: "plain" },
    { key: "refused_day", tone: health.refused_day > 0 ? "attention" : "plain" },
  ] as const;
  return (
    <div className="events-health">
      <span className="events-first" data-good={health.last_at !== null}>
        <CheckCircleFilled aria-hidden />
        {health.last_at ? t("health.last", { when: formats.when(health.last_at, now()) }) : t("health.none")}
      </span>
      {figures.map(({ key, tone }) => (
        <Figure key={key} label={t(`health.${key}`)} explain={t(`health.explain.${key}`)} exact={formats.exact(health[key])} tone={tone}>
          {formats.number(health[key])}
        </Figure>
      ))}
    </div>
  );
}

/** What has arrived so far, in a word: the list is read anew when this changes, not by the clock. */
function seenOf(health: Health | undefined): string {
  return health ? `${health.last_at} ${health.accepted_day} ${health.waiting}` : "";
}

interface TailProps {
  seen: string;
  isPaused: boolean;
  onPause: (isPaused: boolean) => void;
}

function Tail({ seen, isPaused, onPause }: TailProps) {
  const { t } = useTranslation("events");
  const [params, setParams] = useSearchParams();
  const [words, setWords] = useState(params.get("event") ?? "");
  const event = useSettled(words.trim());
  const customer = Number(params.get("customer")) || undefined;
  const query = { event, limit: ROWS, ...(customer !== undefined && { customer_id: customer }) };
  const asked = api.useQuery("get", "/api/events/arrivals", { params: { query } }, { placeholderData: keepPreviousData });
  const { refetch } = asked;
  useEffect(() => {
    if (seen !== "") void refetch();
  }, [seen, refetch]);
  return (
    <Section
      title={t("tail.arrived")}
      extra={
        <Button size="small" type="text" icon={isPaused ? <PlayCircleOutlined /> : <PauseOutlined />} onClick={() => onPause(!isPaused)}>
          {isPaused ? t("tail.go") : t("tail.pause")}
        </Button>
      }
    >
      <div className="events-filters">
        <Input allowClear value={words} onChange={(one) => setWords(one.target.value)} maxLength={255} placeholder={t("tail.event")} aria-label={t("tail.event")} />
        {customer !== undefined && (
          <Tag closable onClose={() => setParams({})}>
            {t("tail.customer", { id: customer })}
          </Tag>
        )}
      </div>
      {asked.error && !asked.data ? <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} /> : null}
      {asked.isPending && <Loading rows={8} />}
      {asked.data?.length === 0 && <p className="soft">{t("tail.none")}</p>}
      <ol className="arrivals" aria-label={t("tail.arrived")}>
        {asked.data?.map((one) => (
          <Line key={one.message_id} one={one} onCustomer={() => setParams({ customer: String(one.customer_id) })} />
        ))}
      </ol>
    </Section>
  );
}

function Line({ one, onCustomer }: { one: Arrival; onCustomer: () => void }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const { now } = useCompany();
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <div className="arrival">
        <button type="button" className="arrival-name" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {one.event || t(`tail.type.${one.type}`, { defaultValue: one.type })}
        </button>
        {one.value !== null && <strong className="tabular">{formats.money(one.value)}</strong>}
        {one.is_machine !== null && <Tag color={one.is_machine ? "default" : "success"}>{one.is_machine ? t("tail.machine") : t("tail.human")}</Tag>}
        <span className="arrival-who">
          <Link to={`/customers/${one.customer_id}`}>{one.customer_name}</Link>
          <Button size="small" type="text" icon={<FilterOutlined />} onClick={onCustomer} aria-label={t("tail.only", { name: one.customer_name })} title={t("tail.only", { name: one.customer_name })} />
        </span>
        <time dateTime={one.received_at} title={t("tail.times", { happened: formats.moment(one.ts), received: formats.moment(one.received_at) })}>
          {formats.when(one.received_at, now())}
        </time>
      </div>
      {/* keys: tail.type.* */}
      {isOpen && <pre>{JSON.stringify(one.properties, undefined, 2)}</pre>}
    </li>
  );
}

function Refused({ refused }: { refused: Health["refused"] }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const { now } = useCompany();
  return (
    <Section title={t("refused.title")}>
      <ul className="refused">
        {refused.map((one) => (
          <li key={`${one.code} ${one.field} ${one.message}`}>
            <strong>{one.message || t("refused.other")}</strong>
            <span className="soft">{t("refused.count", { count: one.count, shown: formats.exact(one.count), when: formats.when(one.last_at, now()) })}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
