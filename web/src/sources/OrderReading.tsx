/** How dates, numbers and money of order lines are read, beside what the first lines become with it. */
import { Alert, Select, Tag } from "antd";
import type { TFunction } from "i18next";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useCurrencies, useTimeZones } from "@/governance/zones";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { ErrorNote, Loading } from "@/ui/States";
import { useOrderLook, type OrderLine, type OrderLook } from "./orderLook";
import { Labelled } from "./SettingFields";
import type { Connection, Draft, OrderChoices } from "./types";
import "./sources.css";

interface Props {
  connection: Connection;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

export function OrderReading({ connection, draft, change }: Props) {
  const look = useOrderLook(connection, draft);
  return (
    <>
      <Choices chosen={draft.orders} onChange={(orders) => change({ orders })} look={look.data} />
      {look.error ? <ErrorNote error={look.error} onRetry={() => void look.refetch()} /> : look.data ? <Lines look={look.data} isOld={look.isPlaceholderData} /> : <Loading rows={6} />}
    </>
  );
}

function Choices({ chosen, onChange, look }: { chosen: OrderChoices; onChange: (chosen: OrderChoices) => void; look: OrderLook | undefined }) {
  const { t } = useTranslation("sources");
  const { currency } = useCompany();
  const set = (part: Partial<OrderChoices>) => onChange({ ...chosen, ...part });
  const currencies = [{ value: "", label: t("orders.currencyOfCompany", { currency }) }, ...useCurrencies()];
  const one = (name: "dates" | "decimals" | "no_customer" | "repeats", values: readonly string[]) => ({ name, value: chosen[name], onChange: (value: string) => set({ [name]: value }), options: values.map((value) => ({ value, label: labelOf(t, name, value, look) })) });
  return (
    <Section title={t("orders.title")}>
      <p className="soft mapping-lead">{t("orders.lead")}</p>
      <div className="setting-fields">
        <Choice {...one("dates", ["auto", "ymd", "dmy", "mdy"])} />
        <Choice {...one("decimals", ["auto", "point", "comma"])} />
        <Choice name="currency" value={chosen.currency} onChange={(value) => set({ currency: value })} options={currencies} isLong />
        <Choice name="timezone" value={chosen.timezone} onChange={(value) => set({ timezone: value })} options={useTimeZones()} isLong />
        <Choice {...one("no_customer", ["refuse", "anonymous"])} />
        <Choice {...one("repeats", ["keep", "refuse"])} />
        <Charges codes={chosen.charges} onChange={(charges) => set({ charges })} />
      </div>
    </Section>
  );
}

/** What a choice says; the automatic one names what was found. */
function labelOf(t: TFunction<"sources">, name: "dates" | "decimals" | "no_customer" | "repeats", value: string, look: OrderLook | undefined): string {
  // keys: orders.of.*
  if (value !== "auto" || !look || (name !== "dates" && name !== "decimals")) return t(`orders.of.${name}.${value}` as "orders.of.dates.auto");
  // keys: orders.found.*
  return t("orders.auto", { found: t(`orders.found.${name}.${look[name]}` as "orders.found.dates.told") });
}

interface ChoiceProps {
  name: "dates" | "decimals" | "currency" | "timezone" | "no_customer" | "repeats";
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
  isLong?: boolean;
}

function Choice({ name, value, onChange, options, isLong = false }: ChoiceProps) {
  const { t } = useTranslation("sources");
  const id = useId();
  // keys: orders.name.* orders.help.*
  return (
    <Labelled id={id} label={t(`orders.name.${name}`)} help={t(`orders.help.${name}`)}>
      <Select id={id} value={value} onChange={onChange} options={options} {...(isLong && { showSearch: { optionFilterProp: "label" } })} />
    </Labelled>
  );
}

function Charges({ codes, onChange }: { codes: string[]; onChange: (codes: string[]) => void }) {
  const { t } = useTranslation("sources");
  const id = useId();
  return (
    <Labelled id={id} label={t("orders.name.charges")} help={t("orders.help.charges")}>
      <Select id={id} mode="tags" value={codes} onChange={onChange} tokenSeparators={[",", " ", ";"]} open={false} suffixIcon={null} placeholder="POST, FEE" />
    </Labelled>
  );
}

const TONES = { sold: "default", charge: "processing", returned: "warning", refused: "error" } as const;

function Lines({ look, isOld }: { look: OrderLook; isOld: boolean }) {
  const { t } = useTranslation("sources");
  const { exact } = useFormats();
  const counts = (Object.keys(TONES) as (keyof typeof TONES)[]).map((kind) => t(`orders.count.${kind}`, { count: look.counts[kind] ?? 0, shown: exact(look.counts[kind] ?? 0) })); // keys: orders.count.*
  return (
    <Section title={t("orders.preview")}>
      <p className="soft mapping-lead" role="status">
        {t("orders.first", { count: look.read, shown: exact(look.read), counts: counts.join(" · ") })}
      </p>
      {look.dates === "unknown" && <Alert type="warning" showIcon title={t("orders.unknown")} description={t("orders.unknownRemedy")} className="mapping-lead" />}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables scroll by keyboard too */}
      <div className="preview-scroll" tabIndex={0} role="region" aria-label={t("orders.preview")} aria-busy={isOld}>
        <table className="preview order-lines">
          <thead>
            <tr>
              {(["row", "becomes", "order", "at", "product", "quantity", "price", "amount", "customer"] as const).map((name) => (
                <th key={name} scope="col" className={NUMBERS.has(name) ? "order-number" : undefined}>
                  {t(`orders.column.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {look.lines.map((line) => (
              <OneLine key={line.row} line={line} currency={look.currency} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

const NUMBERS: ReadonlySet<string> = new Set(["row", "quantity", "price", "amount"]);

function OneLine({ line, currency }: { line: OrderLine; currency: string }) {
  const { t } = useTranslation("sources");
  const { moment, exact } = useFormats();
  const number = (value: number | null) => (value === null ? "" : exact(value));
  return (
    <tr>
      <td className="order-number">{line.row}</td>
      <td>
        <Tag color={TONES[line.becomes]}>{t(`orders.becomes.${line.becomes}`)}</Tag>
        {line.cause && (
          <span className="order-why" title={line.remedy}>
            {line.cause} {line.remedy}
          </span>
        )}
      </td>
      <td>{line.order}</td>
      <td>{line.at && <time dateTime={line.at}>{moment(line.at)}</time>}</td>
      <td>{line.product}</td>
      <td className="order-number">{number(line.quantity)}</td>
      <td className="order-number">{number(line.price)}</td>
      <td className="order-number">{line.amount !== null && `${number(line.amount)} ${currency}`}</td>
      <td>{line.customer}</td>
    </tr>
  );
}
