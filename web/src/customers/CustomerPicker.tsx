/** Find one customer by the beginning of a name or address. */
import { keepPreviousData } from "@tanstack/react-query";
import { Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

export interface Picked {
  id: number;
  name: string;
}

interface Props {
  value: Picked | undefined;
  onChange: (customer: Picked | undefined) => void;
  /** What stands there while nobody is chosen. */
  placeholder: string;
  className?: string;
}

const TYPING_MS = 200;

export function CustomerPicker({ value, onChange, placeholder, className }: Props) {
  const { t } = useTranslation("customers");
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const found = api.useQuery("get", "/api/customers", { params: { query: { q: asked, limit: 20 } } }, { placeholderData: keepPreviousData });
  const people: Picked[] = (found.data?.items ?? []).map((one) => ({ id: one.id, name: one.name }));
  const shown = value && !people.some((one) => one.id === value.id) ? [value, ...people] : people;
  return (
    <Select
      {...(className !== undefined && { className })}
      showSearch={{ filterOption: false, onSearch: setWords }}
      allowClear
      value={value?.id}
      onChange={(id: number | undefined) => onChange(shown.find((one) => one.id === id))}
      placeholder={placeholder}
      aria-label={placeholder}
      loading={found.isFetching}
      popupMatchSelectWidth={260}
      notFoundContent={t("picker.nobody")}
      options={shown.map((one) => ({ value: one.id, label: one.name }))}
    />
  );
}
