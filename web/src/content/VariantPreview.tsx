/**
 * A wording as somebody gets it: the inbox line, then the mail on a desk or a phone, or its text. The last good picture stays
 * while the source has errors. `<VariantPreview wording place />`; the campaign wizard uses `<SavedVariantPreview id />`.
 */
import { DesktopOutlined, FileTextOutlined, MobileOutlined } from "@ant-design/icons";
import { Segmented, Select } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Answer, ErrorNote, Loading } from "@/ui/States";
import { CustomerPicker, type Picked } from "@/customers/CustomerPicker";
import { MailFrame } from "./MailFrame";
import { useWordingPreview, wordingOf, type Place, type Previewed, type Problem, type Wording } from "./wording";
import "./content.css";

type Look = "desk" | "phone" | "text";
const PHONE_PX = 375;

interface Props {
  wording: Wording;
  place: Place;
  /** Told what is wrong in the source, or why it cannot be read at all. */
  onSeen?: (problems: Problem[], error: ApiError | undefined) => void;
}

export function VariantPreview({ wording, place, onSeen }: Props) {
  const [customer, setCustomer] = useState<Picked>();
  const [offerId, setOfferId] = useState<number>();
  const seen = useWordingPreview(wording, place, { customerId: customer?.id, offerId });
  const [good, setGood] = useState<Previewed>();
  const isBroken = seen.data?.problems.some((problem) => problem.severity === "error") ?? false;
  if (seen.data && !isBroken && seen.data !== good) setGood(seen.data);
  const { data, error } = seen;
  useEffect(() => onSeen?.(data?.problems ?? [], error instanceof ApiError ? error : undefined), [data, error, onSeen]);
  const tools = (
    <div className="preview-tools">
      <CustomerChoice customer={customer} onChange={setCustomer} />
      <OfferChoice offerId={offerId} onChange={setOfferId} />
    </div>
  );
  return (
    <Looks hasHtml={Boolean(good?.html)} tools={tools} isBehind={seen.isBehind || isBroken} good={good} place={place}>
      {seen.error ? <ErrorNote error={seen.error} /> : good === undefined && !isBroken ? <Loading rows={6} /> : null}
    </Looks>
  );
}

/** The preview of a variant that is kept. */
export function SavedVariantPreview({ id }: { id: number }) {
  const asked = api.useQuery("get", "/api/variants/{variant_id}", { params: { path: { variant_id: id } } });
  return <Answer of={asked}>{(row) => <VariantPreview wording={wordingOf(row)} place={{ channel: row.channel, purpose: row.purpose, language: row.language }} />}</Answer>;
}

interface LooksProps {
  good: Previewed | undefined;
  hasHtml: boolean;
  isBehind: boolean;
  place: Place;
  tools: ReactNode;
  children: ReactNode;
}

function Looks({ good, hasHtml, isBehind, place, tools, children }: LooksProps) {
  const { t } = useTranslation("content");
  const [chosen, choose] = useState<Look>("desk");
  const look = hasHtml ? chosen : "text";
  const looks = [
    { value: "desk" as const, icon: <DesktopOutlined />, label: t("look.desk") },
    { value: "phone" as const, icon: <MobileOutlined />, label: t("look.phone") },
    { value: "text" as const, icon: <FileTextOutlined />, label: t("look.text") },
  ];
  return (
    <div className="preview">
      <div className="preview-bar">
        {tools}
        {hasHtml && <Segmented<Look> size="small" value={look} onChange={choose} options={looks} aria-label={t("look.title")} />}
      </div>
      {children}
      {good && (
        <div className="preview-stage" data-behind={isBehind} data-look={look} aria-live="polite">
          {place.channel === "email" && <InboxLine good={good} />}
          {look === "text" ? (
            <pre className="preview-text">{good.text}</pre>
          ) : (
            <MailFrame html={good.html} title={t("look.mail")} width={look === "phone" ? PHONE_PX : undefined} />
          )}
        </div>
      )}
    </div>
  );
}

function InboxLine({ good }: { good: Previewed }) {
  const { t } = useTranslation("content");
  const company = useCompany();
  return (
    <div className="inbox-line">
      <span className="inbox-face" aria-hidden="true">
        {company.name.slice(0, 1)}
      </span>
      <span className="inbox-words">
        <strong>{company.name}</strong>
        <span className="inbox-subject">{good.subject || t("look.noSubject")}</span>
        <span className="soft">{good.preheader}</span>
      </span>
    </div>
  );
}

function CustomerChoice({ customer, onChange }: { customer: Picked | undefined; onChange: (customer: Picked | undefined) => void }) {
  const { t } = useTranslation("content");
  return <CustomerPicker className="preview-customer" value={customer} onChange={onChange} placeholder={t("look.nobody")} />;
}

function OfferChoice({ offerId, onChange }: { offerId: number | undefined; onChange: (id: number | undefined) => void }) {
  const { t } = useTranslation("content");
  const offers = api.useQuery("get", "/api/offers", { params: { query: { limit: 100 } } });
  const options = (offers.data?.items ?? []).map((offer) => ({ value: offer.id, label: offer.name }));
  return <Select className="preview-offer" allowClear value={offerId} onChange={onChange} options={options} placeholder={t("look.noOffer")} aria-label={t("look.offer")} popupMatchSelectWidth={220} />;
}
