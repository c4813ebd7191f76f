/** What can be done with the chosen customers, or with all who match. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { BulkDialog, type Verb } from "./BulkDialog";
import type { Filter } from "./view";

interface Props {
  ids: number[];
  filter: Filter;
  total: number;
  traits: string[];
  clear: () => void;
}

const VERBS: readonly Verb[] = ["set_trait", "tag", "consent", "suppress"];

export function BulkBar({ ids, filter, total, traits, clear }: Props) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const mayWrite = useMay("customers:write");
  const [isAll, setAll] = useState(false);
  const [verb, setVerb] = useState<Verb>();
  const count = isAll ? total : ids.length;
  const told = Object.entries(isAll ? filter : { ids: ids.join(",") }).map(([name, value]): [string, string] => [name, String(value)]);
  const exported = new URLSearchParams([...told, ...(traits.length > 0 ? [["traits", traits.join(",")] as [string, string]] : [])]);
  return (
    <div className="customers-bulk" role="toolbar" aria-label={t("bulk.title")}>
      <strong>{t("bulk.chosen", { count, shown: formats.exact(count) })}</strong>
      {!isAll && total > ids.length && (
        <Button type="link" size="small" onClick={() => setAll(true)}>
          {t("bulk.all", { shown: formats.exact(total) })}
        </Button>
      )}
      {mayWrite &&
        VERBS.map((one) => (
          <Button key={one} size="small" onClick={() => setVerb(one)}>
            {t(`bulk.verb.${one}`)}
          </Button>
        ))}
      <Button size="small" href={`/api/customers/export?${exported.toString()}`} download>
        {t("bulk.export")}
      </Button>
      <Button size="small" type="text" onClick={clear}>
        {t("bulk.clear")}
      </Button>
      {verb && <BulkDialog verb={verb} count={count} selection={isAll ? { filter } : { ids }} onClose={() => setVerb(undefined)} onDone={clear} />}
    </div>
  );
}
