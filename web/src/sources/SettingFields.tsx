/** A form drawn from what a source or a rule declares that it must be told. */
import { Checkbox, Input, InputNumber, Select } from "antd";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { faultOf, matters, shown, type Cell, type Setting, type Values } from "./types";
import "./sources.css";

interface Props {
  settings: readonly Setting[];
  values: Values;
  onChange: (values: Values) => void;
  error?: unknown;
  /** Secrets that are known: their fields may stay empty. */
  secretsSet?: readonly string[];
  isDisabled?: boolean;
  isDense?: boolean;
}

export function SettingFields({ settings, values, onChange, error, secretsSet = [], isDisabled = false, isDense = false }: Props) {
  return (
    <div className={isDense ? "setting-fields setting-fields-dense" : "setting-fields"}>
      {settings
        .filter((setting) => matters(setting, values, settings))
        .map((setting) => (
          <OneField
            key={setting.name}
            setting={setting}
            value={values[setting.name] ?? setting.default}
            onChange={(value) => onChange({ ...values, [setting.name]: value })}
            fault={faultOf(error, setting.name)}
            isKnown={secretsSet.includes(setting.name)}
            isDisabled={isDisabled}
          />
        ))}
    </div>
  );
}

interface FieldProps {
  setting: Setting;
  value: Cell;
  onChange: (value: Cell) => void;
  fault: string | undefined;
  isKnown: boolean;
  isDisabled: boolean;
}

function OneField({ setting, value, onChange, fault, isKnown, isDisabled }: FieldProps) {
  const id = useId();
  if (setting.kind === "boolean") {
    return (
      <Labelled id={id} help={setting.help} fault={fault}>
        <Checkbox id={id} checked={value === true} disabled={isDisabled} onChange={(event) => onChange(event.target.checked)}>
          {setting.label}
        </Checkbox>
      </Labelled>
    );
  }
  return (
    <Labelled id={id} label={setting.label} isRequired={setting.required} help={setting.help} fault={fault} isWide={setting.kind === "long_text"}>
      <Control id={id} setting={setting} value={value} onChange={onChange} isKnown={isKnown} isDisabled={isDisabled} hasFault={fault !== undefined} />
    </Labelled>
  );
}

function Control({ id, setting, value, onChange, isKnown, isDisabled, hasFault }: Omit<FieldProps, "fault"> & { id: string; hasFault: boolean }) {
  const { t } = useTranslation("sources");
  const common = { id, disabled: isDisabled, status: hasFault ? ("error" as const) : undefined };
  const text = shown(value);
  switch (setting.kind) {
    case "choice":
      // keys: choice.*
      return <Select id={id} disabled={isDisabled} value={text} onChange={onChange} options={setting.choices.map((one) => ({ value: one, label: t(`choice.${one}`) }))} />;
    case "secret":
      return <Input.Password {...common} autoComplete="new-password" value={text} placeholder={isKnown ? t("secretKept") : ""} onChange={(event) => onChange(event.target.value)} />;
    case "number":
      return <InputNumber {...common} value={text === "" ? null : Number(text)} onChange={(number) => onChange(number ?? "")} />;
    case "long_text":
      return <Input.TextArea {...common} className="setting-code grows" value={text} onChange={(event) => onChange(event.target.value)} />;
    default:
      return <Input {...common} value={text} onChange={(event) => onChange(event.target.value)} />;
  }
}

interface LabelledProps {
  id: string;
  label?: string;
  isRequired?: boolean;
  help?: ReactNode;
  fault?: string | undefined;
  isWide?: boolean;
  children: ReactNode;
}

/** A field with its label, what it is for, and what is wrong with it. */
export function Labelled({ id, label, isRequired = false, help, fault, isWide = false, children }: LabelledProps) {
  return (
    <div className={isWide ? "labelled labelled-wide" : "labelled"}>
      {label !== undefined && (
        <label htmlFor={id}>
          {label}
          {isRequired && <span aria-hidden="true" className="labelled-required">{" *"}</span>}
        </label>
      )}
      {children}
      {fault !== undefined ? (
        <span role="alert" className="labelled-fault">
          {fault}
        </span>
      ) : (
        help !== "" && help !== undefined && <span className="labelled-help">{help}</span>
      )}
    </div>
  );
}
