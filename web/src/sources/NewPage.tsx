/** A new connection: what kind of source, what to call it, how to reach it. Mapping and rules come behind the test. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { KindChoice, NewFlow } from "./flow/NewFlow";
import { NETWORKED, type Setting } from "./types";

export function Component() {
  const { t } = useTranslation("sources");
  const kinds = api.useQuery("get", "/api/sources/kinds");
  const [plugin, setPlugin] = useState<string>();
  // keys: plugin.* about.*
  const wordsOf = ({ name }: { name: string }) => ({ name, label: t(`plugin.${name}`, { defaultValue: name }), about: t(`about.${name}`, { defaultValue: "" }) });
  return (
    <Page title={t("new.title")} lead={t("new.lead")} width="narrow" help={<p>{t("new.help")}</p>}>
      <Answer of={kinds}>
        {(known) => (
          <>
            <KindChoice kinds={known.map(wordsOf)} label={t("new.kind")} chosen={plugin} onChoose={setPlugin} />
            {plugin !== undefined && <NewConnection key={plugin} plugin={plugin} settings={known.find((one) => one.name === plugin)?.settings ?? []} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

function NewConnection({ plugin, settings }: { plugin: string; settings: readonly Setting[] }) {
  const { t } = useTranslation("sources");
  const go = useNavigate();
  const create = api.useMutation("post", "/api/connections", {
    onSuccess: (made) => {
      void refresh("/api/connections");
      void go(`/sources/${made.id}?tab=setup`);
    },
  });
  const words = { nameHelp: t("new.nameHelp"), secretOnce: t("new.secretOnce"), create: t("new.create") };
  return <NewFlow plugin={plugin} settings={settings} home="/sources" words={words} canBePrivate={NETWORKED.has(plugin)} create={create} onCreate={(made) => create.mutate({ body: { ...made, plugin, target: "customers", schedule_minutes: 0 } })} />;
}
