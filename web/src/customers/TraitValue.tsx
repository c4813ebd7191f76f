/** A trait's value as a person reads it. */
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";

export function TraitValue({ value }: { value: unknown }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  if (value === undefined || value === null) return <span className="soft">{"–"}</span>;
  if (typeof value === "boolean") return <>{value ? t("trait.yes") : t("trait.no")}</>;
  if (typeof value === "number") return <>{formats.exact(value)}</>;
  return <>{typeof value === "string" ? value : JSON.stringify(value)}</>;
}
