/** The columns of the list: who they are, what they allow, when they last did something, and their traits. */
import { Tag, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import type { Column } from "@/ui/RecordTable";
import { TraitValue } from "./TraitValue";

export type Person = components["schemas"]["PersonOut"];
export const TRAIT = "trait:";
export const FIRST_SHOWN = ["name", "email", "phone", "consents", "active", "created"];
const NAMES = new Set(["name", "first_name", "last_name", "full_name", "email", "phone"]);

export function useColumns(traits: string[], sort: string): Column<Person>[] {
  const { t } = useTranslation("customers");
  const order = (key: string) => ({ sorter: true, sortOrder: sort === key ? ("ascend" as const) : sort === `-${key}` ? ("descend" as const) : null });
  const fixed: Column<Person>[] = [
    { key: "name", title: t("column.name"), width: 220, fixed: "left", render: (_value, row) => <Link to={`/customers/${row.id}`}>{row.name}</Link> },
    { key: "email", title: t("column.email"), width: 230, ellipsis: true, render: (_value, row) => row.identities["email"] ?? <None /> },
    { key: "phone", title: t("column.phone"), width: 140, render: (_value, row) => row.identities["phone"] ?? <None /> },
    { key: "consents", title: t("column.consents"), width: 190, render: (_value, row) => <Consents of={row} /> },
    { key: "active", title: t("column.active"), width: 130, ...order("active"), render: (_value, row) => <When at={row.active_at} /> },
    { key: "created", title: t("column.created"), width: 130, ...order("created"), render: (_value, row) => <When at={row.created_at} /> },
    { key: "user_id", title: t("column.userId"), width: 140, isOptional: true, ellipsis: true, render: (_value, row) => row.identities["user_id"] ?? <None /> },
    { key: "id", title: t("column.id"), width: 90, align: "right", isOptional: true, ...order("id"), render: (_value, row) => row.id },
    { key: "language", title: t("column.language"), width: 100, isOptional: true, render: (_value, row) => row.language },
    { key: "timezone", title: t("column.timezone"), width: 150, isOptional: true, render: (_value, row) => row.timezone },
  ];
  const own = traits.filter((name) => !NAMES.has(name));
  return [
    ...fixed,
    ...own.map((name): Column<Person> => ({ key: TRAIT + name, title: name, width: 140, ellipsis: true, isOptional: true, ...order(TRAIT + name), render: (_value, row) => <TraitValue value={row.traits[name]} /> })),
  ];
}

function None() {
  return (
    <span className="soft" aria-hidden>
      {"–"}
    </span>
  );
}

function When({ at }: { at: string | null }) {
  const formats = useFormats();
  const { now } = useCompany();
  if (at === null) return <None />;
  return (
    <time dateTime={at} title={formats.moment(at)}>
      {formats.when(at, now())}
    </time>
  );
}

function Consents({ of }: { of: Person }) {
  const { t } = useTranslation("customers");
  const barred = new Set(of.suppressed);
  return (
    <span className="customers-consents">
      {of.suppressed.length > 0 && (
        <Tooltip title={t("consent.suppressedExplained")}>
          <Tag color="error">{t("consent.suppressed", { channels: of.suppressed.map((one) => (one === "*" ? t("consent.all") : one)).join(", ") })}</Tag>
        </Tooltip>
      )}
      {of.consents
        .filter((one) => !barred.has("*") && !barred.has(one.channel))
        .map((one) => (
          <Tag key={`${one.channel} ${one.purpose}`} color={one.state === "granted" ? "success" : "default"} className={`customers-${one.state}`}>
            {t(`consent.short.${one.state}`, { channel: one.channel })}
          </Tag>
        ))}
      {of.consents.length === 0 && of.suppressed.length === 0 && <span className="soft">{t("consent.nothing")}</span>}
    </span>
  );
}
