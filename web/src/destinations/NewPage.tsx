/** A new export: to what kind of destination, what it sends, what to call it, how to reach it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import { KindChoice, NewFlow } from "@/sources/flow/NewFlow";
import type { Setting } from "@/sources/types";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { Subject, type SubjectValue } from "./Subject";

export function Component() {
  const { t } = useTranslation("destinations");
  const kinds = api.useQuery("get", "/api/destinations/kinds");
  const [plugin, setPlugin] = useState<string>();
  // keys: plugin.* about.*
  const wordsOf = ({ name }: { name: string }) => ({ name, label: t(`plugin.${name}`, { defaultValue: name }), about: t(`about.${name}`, { defaultValue: "" }) });
  return (
    <Page title={t("new.title")} lead={t("new.lead")} width="narrow" help={<p>{t("new.help")}</p>}>
      <Answer of={kinds}>
        {(known) => (
          <>
            <KindChoice kinds={known.map(wordsOf)} label={t("new.kind")} chosen={plugin} onChoose={setPlugin} />
            {plugin !== undefined && <NewExport key={plugin} plugin={plugin} settings={known.find((one) => one.name === plugin)?.settings ?? []} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

function NewExport({ plugin, settings }: { plugin: string; settings: readonly Setting[] }) {
  const { t } = useTranslation("destinations");
  const go = useNavigate();
  const [subject, setSubject] = useState<SubjectValue>({ what: "customers", of: null });
  const create = api.useMutation("post", "/api/exports", {
    onSuccess: (made) => {
      void refresh("/api/exports");
      void go(`/destinations/${made.id}?tab=setup`);
    },
  });
  const words = { nameHelp: t("new.nameHelp"), secretOnce: t("new.secretOnce"), create: t("new.create") };
  const isReady = subject.what === "customers" || subject.of !== null;
  return (
    <NewFlow plugin={plugin} settings={settings} home="/destinations" words={words} canBePrivate={plugin !== "files"} isReady={isReady} create={create} onCreate={(made) => create.mutate({ body: { ...made, plugin, ...subject, columns: {}, schedule_minutes: 0 } })}>
      <Subject value={subject} onChange={setSubject} />
    </NewFlow>
  );
}
