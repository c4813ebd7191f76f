/** Who is who: proposals to decide, merges to undo, and the rules that join records on arrival. */
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Page } from "@/ui/Page";
import { MergeTable } from "./MergeTable";
import { Proposals } from "./Proposals";
import { RulesForm } from "./RulesForm";
import { SearchBar, SearchButton } from "./SearchBar";
import "./identity.css";

const VIEWS = ["proposals", "merges", "rules"] as const;
type View = (typeof VIEWS)[number];

export function Component() {
  const { t } = useTranslation("identity");
  const [params, setParams] = useSearchParams();
  const asked = params.get("view") as View | null;
  const view = asked && VIEWS.includes(asked) ? asked : "proposals";
  // keys: view.*
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={<SearchButton />}
      help={
        <>
          <p>{t("help.joins")}</p>
          <p>{t("help.search")}</p>
          <p>{t("help.undo")}</p>
          <p>{t("help.consent")}</p>
        </>
      }
    >
      <SearchBar />
      <Segmented<View>
        className="identity-views"
        value={view}
        onChange={(next) => setParams(next === "proposals" ? {} : { view: next })}
        options={VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))}
        aria-label={t("views")}
      />
      {view === "proposals" && <Proposals />}
      {view === "merges" && <MergeTable />}
      {view === "rules" && <RulesForm />}
    </Page>
  );
}
