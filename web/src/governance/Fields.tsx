/** The fields that forms of the account share, with what the server found wrong beneath each. */
import { Alert, Form, Input } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Faults } from "./useForm";

interface FieldProps {
  faults: Faults;
  isFirst?: boolean;
}

function state(fault: string | undefined) {
  return fault === undefined ? {} : ({ validateStatus: "error", help: fault } as const);
}

export function GeneralFault({ faults }: { faults: Faults }) {
  return faults.general === undefined ? null : <Alert type="error" showIcon title={faults.general} role="alert" />;
}

export function EmailField({ faults, isFirst, isFixed }: FieldProps & { isFixed?: boolean }) {
  const { t } = useTranslation("governance");
  const rules = [{ required: true, message: t("field.emailMissing") }];
  return (
    <Form.Item name="email" label={t("field.email")} rules={rules} {...state(faults.of("email"))}>
      <Input size="large" type="email" inputMode="email" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus={isFirst} readOnly={isFixed} />
    </Form.Item>
  );
}

export function NameField({ faults, isFirst }: FieldProps) {
  const { t } = useTranslation("governance");
  return (
    <Form.Item name="name" label={t("field.name")} {...state(faults.of("name"))}>
      <Input size="large" autoComplete="name" maxLength={200} autoFocus={isFirst} />
    </Form.Item>
  );
}

interface PasswordProps extends FieldProps {
  name?: string;
  label?: string;
  isNew?: boolean;
  /** Beside the label, such as "Forgot it?". */
  extra?: ReactNode;
}

export function PasswordField({ faults, name = "password", label, isNew = false, isFirst, extra }: PasswordProps) {
  const { t } = useTranslation("governance");
  const fault = faults.of(name);
  const rules = [{ required: true, message: t("field.passwordMissing") }];
  const shown = fault === undefined && isNew ? { extra: t("field.passwordHint") } : state(fault);
  return (
    <div className="password-field">
      <Form.Item name={name} label={label ?? t("field.password")} rules={rules} {...shown}>
        <Input.Password size="large" autoComplete={isNew ? "new-password" : "current-password"} autoFocus={isFirst} maxLength={128} />
      </Form.Item>
      {extra && <span className="password-extra">{extra}</span>}
    </div>
  );
}

export function CodeField({ faults, isFirst, name = "code" }: FieldProps & { name?: string }) {
  const { t } = useTranslation("governance");
  const rules = [{ required: true, message: t("field.codeMissing") }];
  return (
    <Form.Item name={name} label={t("field.code")} rules={rules} {...state(faults.of(name))}>
      <Input className="auth-code" size="large" autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} autoFocus={isFirst} maxLength={16} />
    </Form.Item>
  );
}
