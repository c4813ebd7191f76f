/** What is sent: customers, members of a segment, results of a campaign. */
import { Select } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Labelled } from "@/sources/SettingFields";
import { WHATS, type What } from "./types";

const MOST = 200;

export interface SubjectValue {
  what: What;
  of: number | null;
}

export function Subject({ value, onChange, isDisabled = false }: { value: SubjectValue; onChange: (value: SubjectValue) => void; isDisabled?: boolean }) {
  const { t } = useTranslation("destinations");
  const id = useId();
  // keys: what.*
  return (
    <>
      <Labelled id={`${id}-what`} label={t("subject.what")}>
        <Select id={`${id}-what`} value={value.what} disabled={isDisabled} onChange={(what) => onChange({ what, of: null })} options={WHATS.map((one) => ({ value: one, label: t(`what.${one}`) }))} />
      </Labelled>
      {value.what !== "customers" && (
        <Labelled id={`${id}-of`} label={t(`subject.${value.what}`)} isRequired>
          {value.what === "segment" ? <Segments id={`${id}-of`} value={value} onChange={onChange} isDisabled={isDisabled} /> : <Campaigns id={`${id}-of`} value={value} onChange={onChange} isDisabled={isDisabled} />}
        </Labelled>
      )}
    </>
  );
}

interface ChoiceProps {
  id: string;
  value: SubjectValue;
  onChange: (value: SubjectValue) => void;
  isDisabled: boolean;
}

function Segments(props: ChoiceProps) {
  const found = api.useQuery("get", "/api/segments", { params: { query: { limit: MOST } } });
  return <Choice {...props} isLoading={found.isLoading} known={found.data?.items ?? []} />;
}

function Campaigns(props: ChoiceProps) {
  const found = api.useQuery("get", "/api/campaigns", { params: { query: { limit: MOST } } });
  return <Choice {...props} isLoading={found.isLoading} known={found.data?.items ?? []} />;
}

function Choice({ id, value, onChange, isDisabled, known, isLoading }: ChoiceProps & { known: readonly { id: number; name: string }[]; isLoading: boolean }) {
  const options = known.map((one) => ({ value: one.id, label: one.name }));
  return <Select id={id} showSearch={{ optionFilterProp: "label" }} loading={isLoading} disabled={isDisabled} value={value.of} onChange={(of) => onChange({ ...value, of })} options={options} />;
}
