/** Tags in four layers; the value layer as a grid of cells; clusters with the reason for their number. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { ClustersView } from "./ClustersView";
import { Layers } from "./Layers";
import { NewTag } from "./NewTag";
import { RfmView } from "./RfmView";
import { TagDrawer } from "./TagDrawer";
import "./insights.css";

const VIEWS = ["layers", "value", "clusters"] as const;
type View = (typeof VIEWS)[number];

export function Component() {
  const { t } = useTranslation("insights");
  const [params, setParams] = useSearchParams();
  const mayWrite = useMay("customers:write");
  const [isNew, setNew] = useState(false);
  const view = VIEWS.find((one) => one === params.get("view")) ?? "layers";
  const opened = Number(params.get("tag") ?? 0);
  const show = (next: View) => setParams(next === "layers" ? {} : { view: next });
  const open = (id: number) => setParams({ ...(view !== "layers" && { view }), tag: String(id) });
  const add = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setNew(true)}>
      {t("new.open")}
    </Button>
  );
  // keys: view.*
  return (
    <Page title={t("title")} lead={t("lead")} actions={add} help={["layers", "weights", "rules", "history"].map((part) => <p key={part}>{t(`help.${part}`)}</p>)}>
      {/* keys: help.* */}
      <Segmented<View> className="tags-views" value={view} onChange={show} options={VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))} aria-label={t("views")} />
      {view === "layers" && <Layers onOpen={open} />}
      {view === "value" && <RfmView />}
      {view === "clusters" && <ClustersView />}
      {opened > 0 && <TagDrawer id={opened} onClose={() => show(view)} />}
      {isNew && <NewTag onClose={() => setNew(false)} onMade={open} />}
    </Page>
  );
}
