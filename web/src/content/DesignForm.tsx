/** A starter design as a form: a marketer writes words, not markup. Fields of the customer go in by the menu beside each. */
import { Input } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/client";
import { FieldMenu } from "./FieldMenu";
import type { Design, Starter } from "./wording";

interface Props {
  starter: Starter;
  design: Design;
  onChange: (design: Design) => void;
  error: ApiError | undefined;
  isReadOnly: boolean;
}

export function DesignForm({ starter, design, onChange, error, isReadOnly }: Props) {
  const set = (name: string, value: string) => onChange({ ...design, values: { ...design.values, [name]: value } });
  const faulty = error?.body.field?.startsWith("design.values.") ? error.body.field.slice("design.values.".length) : undefined;
  return (
    <div className="design-form">
      {starter.fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={design.values[field.name] ?? ""}
          onChange={(value) => set(field.name, value)}
          fault={faulty === field.name ? `${error?.body.message ?? ""} ${error?.body.remedy ?? ""}` : undefined}
          isReadOnly={isReadOnly}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  field: Starter["fields"][number];
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
  isReadOnly: boolean;
}

function Field({ field, value, onChange, fault, isReadOnly }: FieldProps) {
  const { t } = useTranslation("content");
  const wrap = useRef<HTMLDivElement>(null);
  const isText = field.kind === "line" || field.kind === "paragraphs";
  const insert = (tag: string) => {
    const box = wrap.current?.querySelector<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
    const at = box?.selectionStart ?? value.length;
    onChange(value.slice(0, at) + tag + value.slice(box?.selectionEnd ?? at));
    box?.focus();
  };
  const status = fault === undefined ? {} : ({ status: "error" } as const);
  const common = { value, disabled: isReadOnly, id: `design-${field.name}`, maxLength: 5000, "aria-invalid": fault !== undefined, ...status };
  return (
    <div className="design-field" ref={wrap}>
      <div className="design-field-head">
        <label htmlFor={`design-${field.name}`}>
          {field.label}
          {!field.required && <span className="soft"> {t("form.optional")}</span>}
        </label>
        {isText && !isReadOnly && <FieldMenu onInsert={insert} label={t("fields.insertInto", { field: field.label })} />}
      </div>
      {field.kind === "paragraphs" ? (
        <Input.TextArea {...common} rows={3} className="grows" onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input {...common} {...(isText ? {} : { type: "url", inputMode: "url", placeholder: "https://" })} onChange={(event) => onChange(event.target.value)} />
      )}
      {fault !== undefined && (
        <p className="design-fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
