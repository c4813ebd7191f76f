/** What happened, newest first: what they did, what they said, what was sent to them. Older parts come when asked for. */
import { CheckCircleOutlined, MailOutlined, ShoppingOutlined, ThunderboltOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Segmented, Tag } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote, Loading } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import { PastFilters } from "./facts/PastFilters";
import { EVERYTHING, usePast, type Entry, type Kind, type Look } from "./usePast";

const KINDS: readonly Kind[] = ["all", "event", "consent", "message"];

export function Past({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const [look, setLook] = useState<Look>(EVERYTHING);
  const mayDeliveries = useMay("delivery:read");
  const past = usePast(id, look, mayDeliveries);
  const kinds = KINDS.filter((one) => mayDeliveries || one !== "message").map((one) => ({ value: one, label: t(`past.kind.${one}`) }));
  return (
    <Section title={t("past.title")} extra={<Segmented<Kind> size="small" aria-label={t("past.which")} value={look.kind} onChange={(kind) => setLook({ ...look, kind })} options={kinds} />}>
      <PastFilters look={look} onChange={setLook} />
      {past.error !== null && past.entries.length === 0 && <ErrorNote error={past.error} onRetry={past.retry} />}
      {past.isPending && <Loading rows={6} />}
      {!past.isPending && past.error === null && past.entries.length === 0 && <p className="soft">{t("past.none")}</p>}
      <Days entries={past.entries} />
      {past.more && (
        <Button size="small" onClick={past.more} loading={past.isFetching}>
          {t("past.more")}
        </Button>
      )}
    </Section>
  );
}

function Days({ entries }: { entries: Entry[] }) {
  const formats = useFormats();
  const days: { day: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const day = formats.date(entry.at);
    if (days.at(-1)?.day === day) days.at(-1)?.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return (
    <ol className="past">
      {days.map(({ day, entries: own }) => (
        <li key={day}>
          <h3>{day}</h3>
          <ol>
            {own.map((entry) => (
              <Line key={entry.key} entry={entry} />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

const ICONS: Record<Exclude<Kind, "all">, ReactNode> = { event: <ThunderboltOutlined />, consent: <CheckCircleOutlined />, message: <MailOutlined /> };

function Line({ entry }: { entry: Entry }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { timezone } = useCompany();
  const [isOpen, setOpen] = useState(false);
  const icon = entry.value !== null ? <ShoppingOutlined /> : entry.type === "identify" ? <UserOutlined /> : ICONS[entry.kind];
  const told = Object.entries(entry.values).filter(([, value]) => value !== null && value !== "");
  return (
    <li className="past-line">
      <span className="past-icon" data-kind={entry.value !== null ? "order" : entry.kind} aria-hidden>
        {icon}
      </span>
      <time dateTime={entry.at} title={formats.moment(entry.at)}>
        {clockOf(entry.at, timezone)}
      </time>
      <div className="past-text">
        <button type="button" className="past-name" aria-expanded={isOpen} disabled={told.length === 0} onClick={() => setOpen(!isOpen)}>
          <Name entry={entry} />
        </button>
        {entry.value !== null && <strong className="tabular">{formats.money(entry.value)}</strong>}
        {entry.isMachine === true && <Tag title={t("past.machineExplained")}>{t("past.machine")}</Tag>}
        {isOpen && (
          <dl className="past-values">
            {told.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}

function Name({ entry }: { entry: Entry }) {
  const { t } = useTranslation("customers");
  const { t: sent } = useTranslation("delivery");
  const topic = useTopic();
  const [channel = "", purpose = ""] = entry.name.split("/");
  if (entry.kind === "consent") return <>{t(`past.consent.${entry.type === "granted" ? "granted" : "denied"}`, topic.of({ channel, purpose }))}</>;
  // keys: delivery:delivery.*
  if (entry.kind === "message") return <>{t("past.message", { name: entry.name, state: entry.values["state"] || sent(`delivery.${entry.type}`) })}</>;
  if (entry.type === "page" || entry.type === "screen") return <>{t("past.page", { name: entry.name || String(entry.values["name"] ?? entry.values["path"] ?? "") })}</>;
  if (entry.type === "identify") return <>{t("past.identify")}</>;
  return <>{entry.name || entry.type}</>;
}

function clockOf(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));
}
