/** The state of a variant being written: what is typed, saving it as a new version, and what others saved meanwhile. */
import { App } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, fetcher, refresh } from "@/api/client";
import { staleOf } from "@/ui/Stale";
import { bodyOf, wordingOf, type Tongue, type Variant, type Wording } from "./wording";

const EMPTY: Wording = { subject: "", body: "", format: "mjml", text: "", design: null };
type Start = (Partial<Wording> & { name?: string; language?: Tongue }) | undefined;
export type VariantForm = ReturnType<typeof useVariantForm>;

export function useVariantForm(templateId: number, variant: Variant | undefined, start: Start, onSaved: (variant: Variant) => void) {
  const { t } = useTranslation("content");
  const { message } = App.useApp();
  const [name, setName] = useState(variant?.name ?? start?.name ?? "");
  const [language, setLanguage] = useState<Tongue>(variant?.language ?? start?.language ?? "");
  const [wording, setWording] = useState<Wording>(() => (variant ? wordingOf(variant) : { ...EMPTY, ...pick(start) }));
  const [version, setVersion] = useState(variant?.version ?? 0);
  const [saved, setSaved] = useState(() => (variant ? JSON.stringify([variant.name, wordingOf(variant)]) : ""));
  const create = api.useMutation("post", "/api/templates/{template_id}/variants");
  const update = api.useMutation("patch", "/api/variants/{variant_id}");
  const adopt = (row: Variant) => {
    setName(row.name);
    setWording(wordingOf(row));
    setVersion(row.version);
    setSaved(JSON.stringify([row.name, wordingOf(row)]));
  };
  const done = {
    onSuccess: (row: Variant) => {
      adopt(row);
      void refresh("/api/templates", "/api/variants");
      void message.success(t("variant.saved", { version: row.version }));
      onSaved(row);
    },
  };
  const saveAs = (seen: number) => {
    if (variant) update.mutate({ params: { path: { variant_id: variant.id } }, body: { ...bodyOf(wording), name: name.trim(), version: seen } }, done);
    else create.mutate({ params: { path: { template_id: templateId } }, body: { ...bodyOf(wording), name: name.trim(), language } as never }, done);
  };
  const takeTheirs = () => {
    if (!variant) return;
    void fetcher.GET("/api/variants/{variant_id}", { params: { path: { variant_id: variant.id } } }).then(({ data }) => {
      if (data) adopt(data);
      update.reset();
    });
  };
  const toCode = () =>
    void fetcher.POST("/api/variants/preview", { body: { ...bodyOf(wording), language } as never }).then(({ data }) => {
      if (data) setWording({ ...wording, body: data.body, format: "mjml", design: null });
    });
  const error: unknown = update.error ?? create.error;
  const isChanged = JSON.stringify([name, wording]) !== saved;
  useEffect(() => {
    if (!isChanged || !variant) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isChanged, variant]);
  return {
    name, setName, language, setLanguage, wording, setWording, isChanged, saveAs, takeTheirs, toCode,
    change: (part: Partial<Wording>) => setWording((old) => ({ ...old, ...part })),
    save: () => saveAs(version),
    isSaving: create.isPending || update.isPending,
    stale: staleOf(error),
    error: error instanceof ApiError ? error : undefined,
  };
}

function pick(start: Start): Partial<Wording> {
  const { name: _name, language: _language, ...wording } = start ?? {};
  return wording;
}
