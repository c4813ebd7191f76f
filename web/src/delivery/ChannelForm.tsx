/**
 * A channel's account as a form made from what its kind declares. Secrets are never shown; left empty, they stay.
 * `<ChannelForm channel onSaved />`; used by the channel's page and the campaign wizard.
 */
import { Alert, Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { staleOf, StaleNote } from "@/ui/Stale";
import { api, ApiError, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useMay } from "@/ui/me";
import { Answer, ErrorNote, FailureNote } from "@/ui/States";
import { begun, followed, travelsOpen, type Setting, type SettingField, type Settings } from "./settings";
import "./delivery.css";

export type Channel = components["schemas"]["ChannelOut"];
type Plugin = components["schemas"]["ChannelPluginOut"];
const MICROS = 1_000_000;

interface Props {
  channel?: Channel | undefined;
  onSaved: (channel: Channel) => void;
}

export function ChannelForm(props: Props) {
  const plugins = api.useQuery("get", "/api/channels/plugins", {}, { staleTime: Infinity });
  return <Answer of={plugins}>{(found) => <Fields {...props} plugins={found} />}</Answer>;
}

function Fields({ channel, onSaved, plugins }: Props & { plugins: Plugin[] }) {
  const { t } = useTranslation("delivery");
  const mayWrite = useMay("delivery:write");
  const [pluginName, setPlugin] = useState(channel?.plugin ?? "smtp");
  const [name, setName] = useState(channel?.name ?? "email");
  const [settings, setSettings] = useState<Settings>(() => (channel ? { ...channel.settings } : begun(plugins.find((one) => one.name === "smtp")?.fields ?? [])));
  const [terms, setTerms] = useState({ cost: (channel?.cost_per_message ?? 0) / MICROS, seconds: channel?.seconds_per_message ?? 0, rate: channel?.max_per_second ?? 0 });
  const [isAdvanced, showAdvanced] = useState(false);
  const plugin = plugins.find((one) => one.name === pluginName);
  const fields = plugin?.fields ?? [];
  const save = api.useMutation("put", "/api/channels/{name}", {
    onSuccess: (made) => {
      void refresh("/api/channels");
      onSaved(made);
    },
  });
  const check = api.useMutation("post", "/api/channels/check");
  const error: unknown = save.error ?? check.error ?? undefined;
  const stale = staleOf(error);
  const body = () => ({ plugin: pluginName, settings: given(settings, fields) });
  const submit = (version?: number) =>
    save.mutate({
      params: { path: { name: name.trim() } },
      body: { ...body(), cost_per_message: Math.round(terms.cost * MICROS), seconds_per_message: terms.seconds, max_per_second: terms.rate, enabled: channel?.enabled ?? true, version: version ?? channel?.version ?? 0 },
    });
  const faulty = error instanceof ApiError ? error.body.field?.replace(/^(body\.)?settings\./, "") : undefined;
  const isAtField = fields.some((field) => field.name === faulty);
  const fault = (field: string) => (faulty === field && error instanceof ApiError ? { validateStatus: "error" as const, help: `${error.body.message} ${error.body.remedy ?? ""}` } : {});
  const shown = (list: SettingField[]) =>
    list.map((field) => (
      <Form.Item key={field.name} label={field.label} extra={field.help || undefined} required={field.required} {...fault(field.name)} className={field.kind === "flag" ? "channel-flag" : ""}>
        <SettingInput field={field} value={settings[field.name]} onChange={(value) => setSettings(followed(settings, fields, field.name, value))} isKept={channel?.secrets.includes(field.name) ?? false} isDisabled={!mayWrite} />
      </Form.Item>
    ));
  return (
    <Form layout="vertical" className="channel-form" onFinish={() => submit()}>
      {stale ? <StaleNote stale={stale} onTheirs={() => void refresh("/api/channels")} onMine={submit} /> : error !== undefined && !isAtField && <ErrorNote error={error} />}
      {!channel && (
        <div className="form-row">
          <Form.Item label={t("form.kind")}>
            <Select
              value={pluginName}
              onChange={(chosen) => {
                setPlugin(chosen);
                setName(chosen === "smtp" ? "email" : chosen);
                setSettings(begun(plugins.find((one) => one.name === chosen)?.fields ?? []));
              }}
              options={plugins.map((one) => ({ value: one.name, label: one.label }))}
              aria-label={t("form.kind")}
            />
          </Form.Item>
          <Form.Item label={t("form.name")} htmlFor="channel-name" extra={t("form.nameHint")} {...fault("name")}>
            <Input id="channel-name" value={name} onChange={(event) => setName(event.target.value.toLowerCase())} maxLength={50} />
          </Form.Item>
        </div>
      )}
      {plugin && !plugin.is_declared && <OwnSettings settings={settings} onChange={setSettings} secrets={channel?.secrets ?? []} isDisabled={!mayWrite} />}
      <div className="form-row form-row-two">{shown(fields.filter((field) => !field.advanced))}</div>
      <div className="form-row form-row-three">
        <Form.Item label={t("form.cost")} extra={t("form.costHint")}>
          <CostInput value={terms.cost} onChange={(cost) => setTerms({ ...terms, cost })} isDisabled={!mayWrite} />
        </Form.Item>
        <Form.Item label={t("form.rate")} extra={t("form.rateHint")}>
          <InputNumber min={0} value={terms.rate} onChange={(rate) => setTerms({ ...terms, rate: rate ?? 0 })} disabled={!mayWrite} aria-label={t("form.rate")} />
        </Form.Item>
        <Form.Item label={t("form.seconds")} extra={t("form.secondsHint")}>
          <InputNumber min={0} precision={0} value={terms.seconds} onChange={(seconds) => setTerms({ ...terms, seconds: seconds ?? 0 })} disabled={!mayWrite} aria-label={t("form.seconds")} />
        </Form.Item>
      </div>
      {fields.some((field) => field.advanced) && (
        <>
          <Button type="link" size="small" className="channel-advanced" onClick={() => showAdvanced(!isAdvanced)} aria-expanded={isAdvanced}>
            {isAdvanced ? t("form.less") : t("form.more")}
          </Button>
          {isAdvanced && <div className="form-row form-row-two">{shown(fields.filter((field) => field.advanced))}</div>}
        </>
      )}
      {pluginName === "smtp" && travelsOpen(settings) && <Alert type="warning" showIcon title={t("form.open", { host: String(settings["host"]) })} description={t("form.openRemedy")} />}
      {check.data && <Checked answer={check.data} />}
      {mayWrite && (
        <div className="form-foot">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("form.save")}
          </Button>
          <Button onClick={() => check.mutate({ body: { name: name.trim() || "email", ...body() } })} loading={check.isPending}>
            {t("form.check")}
          </Button>
        </div>
      )}
    </Form>
  );
}

function Checked({ answer }: { answer: components["schemas"]["ChannelCheckOut"] }) {
  const { t } = useTranslation("delivery");
  if (answer.ok === null) return <Alert type="info" showIcon title={answer.words} />;
  if (answer.ok) return <Alert type="success" showIcon title={t("check.ok", { milliseconds: answer.milliseconds })} description={answer.words} />;
  return <FailureNote failure={{ message: answer.fault?.cause ?? answer.words, remedy: answer.fault?.remedy, safe: t("check.safe"), technical: answer.words }} />;
}

function CostInput({ value, onChange, isDisabled }: { value: number; onChange: (value: number) => void; isDisabled: boolean }) {
  const { t } = useTranslation("delivery");
  const { currency } = useCompany();
  return <InputNumber min={0} step={0.001} value={value} onChange={(cost) => onChange(cost ?? 0)} suffix={currency} disabled={isDisabled} aria-label={t("form.cost")} />;
}

/** Only what was filled in: an empty secret stays what it was, an empty setting gets its default. */
function given(settings: Settings, fields: SettingField[]): Settings {
  const kinds = new Map(fields.map((field) => [field.name, field]));
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== "" || (kinds.get(name)?.kind === "text" && !kinds.get(name)?.required)));
}

interface InputProps {
  field: SettingField;
  value: Setting | undefined;
  onChange: (value: Setting) => void;
  isKept: boolean;
  isDisabled: boolean;
}

function SettingInput({ field, value, onChange, isKept, isDisabled }: InputProps) {
  const { t } = useTranslation("delivery");
  const common = { disabled: isDisabled, "aria-label": field.label };
  switch (field.kind) {
    case "secret":
      return <Input.Password {...common} value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} placeholder={isKept ? t("form.kept") : ""} autoComplete="new-password" />;
    case "integer":
    case "number":
      return <InputNumber {...common} value={typeof value === "number" ? value : (field.default as number | null)} onChange={(next) => next !== null && onChange(next)} {...(field.kind === "integer" && { precision: 0 })} />;
    case "flag":
      return <Switch {...common} checked={Boolean(value ?? field.default)} onChange={onChange} />;
    case "choice":
      return <Select {...common} value={String(value ?? field.default ?? "")} onChange={onChange} options={field.choices.map((choice) => ({ value: choice, label: t(`choice.${choice}`, { defaultValue: choice }) }))} />; // keys: choice.*
    case "text":
      return <Input {...common} value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} placeholder={field.default === null ? "" : String(field.default)} />;
  }
}

/** Settings of a kind that declares none: names and values, one a line. */
function OwnSettings({ settings, onChange, secrets, isDisabled }: { settings: Settings; onChange: (settings: Settings) => void; secrets: string[]; isDisabled: boolean }) {
  const { t } = useTranslation("delivery");
  const [text, setText] = useState(() => Object.entries(settings).map(([name, value]) => `${name}: ${String(value)}`).join("\n"));
  const read = (next: string) => {
    setText(next);
    const pairs = next.split("\n").map((line) => line.split(/:(.*)/s).map((part) => part.trim()));
    onChange(Object.fromEntries(pairs.filter(([name]) => name).map(([name, value = ""]) => [name as string, value])));
  };
  return (
    <Form.Item label={t("form.own")} htmlFor="channel-own" extra={secrets.length > 0 ? t("form.ownKept", { names: secrets.join(", ") }) : t("form.ownHint")}>
      <Input.TextArea id="channel-own" value={text} onChange={(event) => read(event.target.value)} rows={3} className="grows" disabled={isDisabled} placeholder="folder: /srv/print" spellCheck={false} />
    </Form.Item>
  );
}
