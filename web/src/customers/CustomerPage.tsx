/** One customer: who they are, what they allow, what they did and what was decided for them. */
import { CopyOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { ConsentPanel } from "./ConsentPanel";
import { Decisions } from "./Decisions";
import { AddIdentity, RemoveIdentity } from "./facts/IdentityEditor";
import { SegmentsPanel } from "./facts/SegmentsPanel";
import { StandingPanel } from "./facts/StandingPanel";
import { TagsPanel } from "./facts/TagsPanel";
import { PersonSection } from "./identity/PersonSection";
import { Past } from "./Past";
import { Sums } from "./Sums";
import { Traits } from "./Traits";
import type { Customer } from "./types";
import "./customers.css";
import "./customer.css";


export function Component() {
  const { t } = useTranslation("customers");
  const id = Number(useParams()["id"]);
  const asked = api.useQuery("get", "/api/customers/{customer_id}", { params: { path: { customer_id: id } } });
  return (
    <Page title={asked.data?.name ?? t("one.title")} lead={asked.data && <Lead customer={asked.data} />} help={<p>{t("one.help")}</p>}>
      <Answer of={asked} rows={10}>
        {(customer) => <Whole customer={customer} />}
      </Answer>
    </Page>
  );
}

function Lead({ customer }: { customer: Customer }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { now } = useCompany();
  const active = customer.active_at ? t("one.active", { when: formats.when(customer.active_at, now()) }) : t("one.neverActive");
  return <>{t("one.lead", { created: formats.date(customer.created_at), active })}</>;
}

function Whole({ customer }: { customer: Customer }) {
  const mayCampaigns = useMay("campaigns:read");
  const maySegments = useMay("segments:read");
  return (
    <div className="customer">
      <div className="customer-main">
        <Sums id={customer.id} />
        <div className="customer-pair">
          <TagsPanel id={customer.id} />
          <StandingPanel id={customer.id} />
        </div>
        <Past id={customer.id} />
      </div>
      <div className="customer-side">
        <Identities customer={customer} />
        <PersonSection id={customer.id} />
        <ConsentPanel customer={customer} />
        <Traits customer={customer} />
        {maySegments && <SegmentsPanel id={customer.id} />}
        {mayCampaigns && <Decisions id={customer.id} />}
      </div>
    </div>
  );
}

/** "English" for "en", in the reader's language; what no one knows stays as it is. */
function languageName(code: string, reader: string): string {
  return code ? (new Intl.DisplayNames([reader === "zh-hans" ? "zh-CN" : "en-GB"], { type: "language", fallback: "code" }).of(code) ?? code) : "";
}

function Identities({ customer }: { customer: Customer }) {
  const { t, i18n } = useTranslation("customers");
  const mayWrite = useMay("customers:write");
  const rows = [
    ...customer.all_identities.map((one) => ({ kind: one.kind, key: `${one.kind} ${one.value}`, label: t(`identity.${one.kind}`, { defaultValue: one.kind }), value: one.value, isOld: customer.identities[one.kind] !== one.value })),
    { kind: "", key: "language", label: t("column.language"), value: languageName(customer.language, i18n.language), isOld: false },
    { kind: "", key: "timezone", label: t("column.timezone"), value: customer.timezone, isOld: false },
    { kind: "", key: "number", label: t("column.id"), value: String(customer.id), isOld: false },
  ];
  // keys: identity.*
  return (
    <Section title={t("identity.title")} extra={mayWrite && <AddIdentity customer={customer} />}>
      <dl className="customer-facts">
        {rows.map((row) => (
          <div key={row.key}>
            <dt>{row.label}</dt>
            <dd>
              <span className={row.isOld ? "soft" : ""}>{row.value}</span>
              {row.isOld && <span className="soft customer-old">{t("identity.older")}</span>}
              <Copy text={row.value} label={t("identity.copy", { what: row.label })} />
              {mayWrite && row.kind && <RemoveIdentity customer={customer} kind={row.kind} value={row.value} label={row.label} />}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation("customers");
  const { message } = App.useApp();
  const copy = () => void navigator.clipboard.writeText(text).then(() => message.success(t("identity.copied")));
  return <Button className="customer-copy" type="text" size="small" icon={<CopyOutlined />} aria-label={label} title={label} onClick={copy} />;
}
