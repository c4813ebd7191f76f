/**
 * Writes one variant: a form for starter designs, a code editor for everything else, the picture beside it.
 * Used on the template's page and in the campaign wizard: `<VariantEditor template variant onSaved />`.
 */
import { HistoryOutlined } from "@ant-design/icons";
import { Alert, App, Button, Input, Popconfirm, Segmented, Select, Space } from "antd";
import { lazy, Suspense, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type ApiError } from "@/api/client";
import { useMay } from "@/ui/me";
import { ErrorNote, Loading } from "@/ui/States";
import { StaleNote } from "@/ui/Stale";
import type { EditorHandle } from "./CodeEditor";
import { DesignForm } from "./DesignForm";
import { FieldMenu } from "./FieldMenu";
import { Problems } from "./Problems";
import { useVariantForm, type VariantForm } from "./useVariantForm";
import { VariantPreview } from "./VariantPreview";
import { Versions } from "./Versions";
import type { Format, Problem, Template, Tongue, Variant, Wording } from "./wording";
import "./content.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

export interface VariantEditorProps {
  template: Pick<Template, "id" | "channel" | "purpose">;
  /** The variant to change; left out, a new one is made. */
  variant?: Variant | undefined;
  /** What a new one begins with. */
  start?: (Partial<Wording> & { name?: string; language?: Tongue }) | undefined;
  onSaved: (variant: Variant) => void;
}

export function VariantEditor({ template, variant, start, onSaved }: VariantEditorProps) {
  const { t } = useTranslation("content");
  const mayWrite = useMay("content:write");
  const form = useVariantForm(template.id, variant, start, onSaved);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [broken, setBroken] = useState<ApiError>();
  const [side, setSide] = useState<"words" | "picture">("words");
  const seen = useCallback((found: Problem[], error: ApiError | undefined) => {
    setProblems(found);
    setBroken(error);
  }, []);
  const place = { channel: template.channel, purpose: template.purpose, language: form.language };
  const isMail = template.channel === "email";
  const errors = problems.filter((problem) => problem.severity === "error");
  return (
    <div className="variant-editor" data-side={side}>
      <Segmented
        className="variant-sides"
        value={side}
        onChange={setSide}
        block
        aria-label={t("side.title")}
        options={[
          { value: "words" as const, label: t("side.words") },
          { value: "picture" as const, label: t("side.picture") },
        ]}
      />
      <div className="variant-words">
        {form.stale ? <StaleNote stale={form.stale} onTheirs={form.takeTheirs} onMine={form.saveAs} /> : form.error && <ErrorNote error={form.error} />}
        <Head form={form} isNew={variant === undefined} mayWrite={mayWrite} isBroken={errors.length > 0 || broken !== undefined} variant={variant} />
        {isMail && <Subject form={form} mayWrite={mayWrite} />}
        <Body form={form} problems={problems} broken={broken} mayWrite={mayWrite} isMail={isMail} />
        <Problems problems={problems} />
      </div>
      <aside className="variant-picture" aria-label={t("look.title")}>
        <VariantPreview wording={form.wording} place={place} onSeen={seen} />
      </aside>
    </div>
  );
}

interface HeadProps {
  form: VariantForm;
  isNew: boolean;
  mayWrite: boolean;
  isBroken: boolean;
  variant: Variant | undefined;
}

function Head({ form, isNew, mayWrite, isBroken, variant }: HeadProps) {
  const { t } = useTranslation("content");
  const { message } = App.useApp();
  const [isHistory, showHistory] = useState(false);
  const bringBack = (wording: Wording) => {
    form.setWording(wording);
    showHistory(false);
    void message.info(t("versions.brought"));
  };
  return (
    <div className="variant-head">
      <label className="variant-name">
        <span>{t("variant.name")}</span>
        <Input value={form.name} onChange={(event) => form.setName(event.target.value)} maxLength={200} disabled={!mayWrite} placeholder={t("variant.namePlaceholder")} />
      </label>
      <label>
        <span>{t("variant.language")}</span>
        <Select<Tongue> value={form.language} onChange={form.setLanguage} disabled={!isNew || !mayWrite} options={(["", "en", "zh"] as const).map((value) => ({ value, label: t(`tongue.${value || "any"}`) }))} />
      </label>
      <Space className="variant-actions">
        {variant && <Button icon={<HistoryOutlined />} onClick={() => showHistory(true)} aria-label={t("versions.open")} title={t("versions.open")} />}
        {mayWrite && (
          <Button type="primary" onClick={form.save} loading={form.isSaving} disabled={isBroken || !form.isChanged || form.name.trim() === ""}>
            {t("variant.save")}
          </Button>
        )}
      </Space>
      {variant && isHistory && <Versions variant={variant} onBack={bringBack} onClose={() => showHistory(false)} />}
    </div>
  );
}

function Subject({ form, mayWrite }: { form: VariantForm; mayWrite: boolean }) {
  const { t } = useTranslation("content");
  const wrap = useRef<HTMLDivElement>(null);
  const { subject } = form.wording;
  const insert = (tag: string) => {
    const box = wrap.current?.querySelector("input");
    const at = box?.selectionStart ?? subject.length;
    form.change({ subject: subject.slice(0, at) + tag + subject.slice(at) });
  };
  return (
    <div className="design-field" ref={wrap}>
      <div className="design-field-head">
        <label htmlFor="variant-subject">{t("variant.subject")}</label>
        {mayWrite && <FieldMenu onInsert={insert} label={t("fields.insertInto", { field: t("variant.subject") })} />}
      </div>
      <Input id="variant-subject" value={subject} onChange={(event) => form.change({ subject: event.target.value })} maxLength={1000} disabled={!mayWrite} />
    </div>
  );
}

interface BodyProps {
  form: VariantForm;
  problems: Problem[];
  broken: ApiError | undefined;
  mayWrite: boolean;
  isMail: boolean;
}

function Body(props: BodyProps) {
  const { form, broken, mayWrite } = props;
  const { t } = useTranslation("content");
  const starters = api.useQuery("get", "/api/templates/starters", {}, { staleTime: Infinity });
  const { design } = form.wording;
  if (!design) return <Code {...props} />;
  const starter = starters.data?.find((one) => one.key === design.starter);
  if (!starter) return starters.error ? <ErrorNote error={starters.error} /> : <Loading rows={6} />;
  return (
    <>
      <DesignForm starter={starter} design={design} onChange={(next) => form.change({ design: next })} error={broken} isReadOnly={!mayWrite} />
      {mayWrite && (
        <Popconfirm title={t("form.toCodeSure")} description={t("form.toCodeText")} okText={t("form.toCode")} cancelText={t("form.stay")} onConfirm={form.toCode}>
          <Button type="link" size="small" className="variant-to-code">
            {t("form.toCode")}
          </Button>
        </Popconfirm>
      )}
    </>
  );
}

function Code({ form, problems, mayWrite, isMail }: BodyProps) {
  const { t } = useTranslation("content");
  const handle = useRef<EditorHandle>(null);
  const { body, format, text } = form.wording;
  const [hasText, setHasText] = useState(text !== "");
  const formats: Format[] = isMail ? ["mjml", "html", "text"] : ["text", "html"];
  return (
    <>
      <div className="code-bar">
        <Select<Format> value={format} onChange={(chosen) => form.change({ format: chosen })} disabled={!mayWrite} aria-label={t("code.format")} options={formats.map((value) => ({ value, label: t(`format.${value}`) }))} />
        {mayWrite && <FieldMenu size="middle" onInsert={(tag) => handle.current?.insert(tag)} label={t("fields.insertInto", { field: t("code.body") })} />}
      </div>
      <Suspense fallback={<Loading rows={10} />}>
        <CodeEditor value={body} onChange={(next) => form.change({ body: next })} format={format} problems={problems.filter((one) => one.field === "body")} label={t("code.body")} isReadOnly={!mayWrite} handle={handle} />
      </Suspense>
      {format !== "text" && isMail && (hasText ? <TextPart form={form} mayWrite={mayWrite} /> : mayWrite && <Button type="link" size="small" onClick={() => setHasText(true)}>{t("code.ownText")}</Button>)}
      {body === "" && <Alert type="info" showIcon title={t("code.empty")} />}
    </>
  );
}

function TextPart({ form, mayWrite }: { form: VariantForm; mayWrite: boolean }) {
  const { t } = useTranslation("content");
  return (
    <label className="design-field">
      <span className="design-field-head">{t("code.text")}</span>
      <Input.TextArea value={form.wording.text} onChange={(event) => form.change({ text: event.target.value })} rows={3} className="grows" disabled={!mayWrite} placeholder={t("code.textPlaceholder")} />
    </label>
  );
}
