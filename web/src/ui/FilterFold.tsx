/** What narrows a list, beside its search: in one line at a desk; on a phone behind a button that says how many are set. */
import { FilterOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useIsDesk } from "./useIsDesk";

export function FilterFold({ set, children }: { set: number; children: ReactNode }) {
  const { t } = useTranslation("ui");
  const isDesk = useIsDesk();
  const [isOpen, setOpen] = useState(false);
  const place = useId();
  if (isDesk) return children;
  return (
    <>
      <Button icon={<FilterOutlined aria-hidden />} aria-expanded={isOpen} aria-controls={place} onClick={() => setOpen(!isOpen)}>
        {set > 0 ? t("table.filtersSet", { count: set }) : t("table.filters")}
      </Button>
      <div id={place} className="filter-fold" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </>
  );
}
