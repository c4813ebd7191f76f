/** An offer as a form, with what it binds in words while it is typed. `<OfferForm offer onSaved />`; used by the wizard too. */
import { Alert, Button, Form, Input, InputNumber, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { ErrorNote } from "@/ui/States";
import { staleOf, StaleNote } from "@/ui/Stale";
import "./content.css";

export type Offer = components["schemas"]["OfferOut"];
type Kind = Offer["kind"];
const MICROS = 1_000_000;
const BASIS = 100;

interface Values {
  name: string;
  kind: Kind;
  amount: number | null;
  percent: number | null;
  cap: number | null;
  code_prefix: string;
  valid_days: number | null;
  min_order: number | null;
  en: string;
  zh: string;
}

function valuesOf(offer: Offer | undefined): Values {
  return {
    name: offer?.name ?? "",
    kind: offer?.kind ?? "percent",
    amount: offer?.kind === "amount" ? offer.value / MICROS : null,
    percent: offer?.kind === "percent" ? offer.value / BASIS : null,
    cap: offer?.kind === "percent" ? offer.cap / MICROS : null,
    code_prefix: offer?.code_prefix ?? "",
    valid_days: offer?.valid_days ?? 14,
    min_order: offer && offer.min_order > 0 ? offer.min_order / MICROS : null,
    en: offer?.text.en ?? "",
    zh: offer?.text.zh ?? "",
  };
}

const micros = (amount: number | null) => Math.round((amount ?? 0) * MICROS);

function termsOf(values: Values) {
  const value = values.kind === "amount" ? micros(values.amount) : values.kind === "percent" ? Math.round((values.percent ?? 0) * BASIS) : 0;
  return {
    kind: values.kind,
    value,
    cap: values.kind === "percent" ? micros(values.cap) : 0,
    code_prefix: values.code_prefix.trim(),
    valid_days: values.valid_days ?? 14,
    min_order: micros(values.min_order),
  };
}

interface Props {
  offer?: Offer | undefined;
  onSaved: (offer: Offer) => void;
  onCancel?: () => void;
}

export function OfferForm({ offer, onSaved, onCancel }: Props) {
  const { t } = useTranslation("content");
  const [values, setValues] = useState(() => valuesOf(offer));
  const done = {
    onSuccess: (made: Offer) => {
      void refresh("/api/offers");
      onSaved(made);
    },
  };
  const create = api.useMutation("post", "/api/offers", done);
  const change = api.useMutation("patch", "/api/offers/{offer_id}", done);
  const error: unknown = change.error ?? create.error ?? undefined;
  const stale = staleOf(error);
  const isUsed = offer?.used_at !== null && offer !== undefined;
  const save = (version?: number) => {
    const name = values.name.trim();
    const text = { en: values.en.trim(), zh: values.zh.trim() };
    const isOwnText = !offer || text.en !== offer.text.en || text.zh !== offer.text.zh;
    if (!offer) create.mutate({ body: { name, ...termsOf(values), text } });
    else change.mutate({ params: { path: { offer_id: offer.id } }, body: { version: version ?? offer.version, name, ...(!isUsed && { ...termsOf(values), ...(isOwnText && { text }) }) } });
  };
  const faultOf = (field: string) => (error instanceof ApiError && error.body.field === field ? { validateStatus: "error" as const, help: `${error.body.message} ${error.body.remedy ?? ""}` } : {});
  const isAtField = error instanceof ApiError && ["name", "value", "cap", "code_prefix", "valid_days", "min_order", "text"].includes(error.body.field ?? "");
  const set = <K extends keyof Values>(key: K, value: Values[K]) => setValues((old) => ({ ...old, [key]: value }));
  return (
    <Form layout="vertical" className="offer-form" onFinish={() => save()}>
      {stale ? <StaleNote stale={stale} onTheirs={() => void refresh("/api/offers")} onMine={save} /> : error !== undefined && !isAtField && <ErrorNote error={error} />}
      {isUsed && <Alert type="info" showIcon title={t("offer.used")} description={t("offer.usedText")} />}
      <Form.Item label={t("offer.name")} htmlFor="offer-name" extra={t("offer.nameHint")} {...faultOf("name")}>
        <Input id="offer-name" autoFocus value={values.name} onChange={(event) => set("name", event.target.value)} maxLength={200} />
      </Form.Item>
      <Terms values={values} set={set} faultOf={faultOf} isUsed={isUsed} />
      <Binding values={values} />
      <Form.Item label={t("offer.textEn")} htmlFor="offer-en" extra={t("offer.textHint", { tag: "{{ offer.text }}" })} {...faultOf("text")}>
        <Input id="offer-en" value={values.en} onChange={(event) => set("en", event.target.value)} disabled={isUsed} maxLength={500} placeholder={t("offer.written")} />
      </Form.Item>
      <Form.Item label={t("offer.textZh")} htmlFor="offer-zh">
        <Input id="offer-zh" value={values.zh} onChange={(event) => set("zh", event.target.value)} disabled={isUsed} maxLength={500} placeholder={t("offer.written")} lang="zh-Hans" />
      </Form.Item>
      <div className="form-foot">
        <Button type="primary" htmlType="submit" loading={create.isPending || change.isPending} disabled={values.name.trim() === ""}>
          {t("variant.save")}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t("cancel")}</Button>}
      </div>
    </Form>
  );
}

interface TermsProps {
  values: Values;
  set: <K extends keyof Values>(key: K, value: Values[K]) => void;
  faultOf: (field: string) => object;
  isUsed: boolean;
}

function Terms({ values, set, faultOf, isUsed }: TermsProps) {
  const { t } = useTranslation("content");
  const { currency } = useCompany();
  return (
    <>
      <Form.Item label={t("offer.kind")}>
        <Segmented<Kind> value={values.kind} onChange={(kind) => set("kind", kind)} disabled={isUsed} options={(["percent", "amount", "none"] as const).map((value) => ({ value, label: t(`offerKind.${value}`) }))} aria-label={t("offer.kind")} />
      </Form.Item>
      <div className="form-row">
        {values.kind === "percent" && (
          <>
            <Form.Item label={t("offer.percent")} {...faultOf("value")}>
              <InputNumber min={0.01} max={100} value={values.percent} onChange={(value) => set("percent", value)} disabled={isUsed} suffix="%" aria-label={t("offer.percent")} />
            </Form.Item>
            <Form.Item label={t("offer.cap")} extra={t("offer.capHint")} {...faultOf("cap")}>
              <InputNumber min={0} value={values.cap} onChange={(value) => set("cap", value)} disabled={isUsed} suffix={currency} aria-label={t("offer.cap")} />
            </Form.Item>
          </>
        )}
        {values.kind === "amount" && (
          <Form.Item label={t("offer.amount")} {...faultOf("value")}>
            <InputNumber min={0} value={values.amount} onChange={(value) => set("amount", value)} disabled={isUsed} suffix={currency} aria-label={t("offer.amount")} />
          </Form.Item>
        )}
        {values.kind !== "none" && (
          <>
            <Form.Item label={t("offer.days")} {...faultOf("valid_days")}>
              <InputNumber min={1} max={730} precision={0} value={values.valid_days} onChange={(value) => set("valid_days", value)} disabled={isUsed} aria-label={t("offer.days")} />
            </Form.Item>
            <Form.Item label={t("offer.prefix")} htmlFor="offer-prefix" extra={t("offer.prefixHint")} {...faultOf("code_prefix")}>
              <Input id="offer-prefix" value={values.code_prefix} onChange={(event) => set("code_prefix", event.target.value)} disabled={isUsed} maxLength={32} placeholder="SPRING" />
            </Form.Item>
            <Form.Item label={t("offer.minOrder")} {...faultOf("min_order")}>
              <InputNumber min={0} value={values.min_order} onChange={(value) => set("min_order", value)} disabled={isUsed} suffix={currency} aria-label={t("offer.minOrder")} placeholder="0" />
            </Form.Item>
          </>
        )}
      </div>
    </>
  );
}

/** What a thousand messages with it would put aside: the liability in numbers one can feel. */
function Binding({ values }: { values: Values }) {
  const { t } = useTranslation("content");
  const formats = useFormats();
  const most = values.kind === "amount" ? (values.amount ?? 0) : values.kind === "percent" ? (values.cap ?? 0) : 0;
  if (values.kind === "none") return <p className="soft">{t("offer.bindsNothing")}</p>;
  if (most <= 0) return null;
  return <Alert type="info" className="offer-binding" title={t("offer.binds", { one: formats.money(most), thousand: formats.money(most * 1000), days: values.valid_days ?? 14 })} description={t("offer.bindsText")} />;
}
