-- name: 0006_forecast
-- doc: tasks tell what was forecast for them

alter table task add column kind varchar;
alter table task add column forecast_s double;
alter table task add column forecast_factor double;
alter table task add column forecast_peak_bytes bigint;

comment on column task.kind is
    'stage and method, which forecasts are compared by';
comment on column task.forecast_s is
    'wall time that was forecast when it began, in seconds; NULL where several works were done together';
comment on column task.forecast_factor is
    'what earlier tasks of this kind had multiplied the forecast of the method by; 1 where there were none';
comment on column task.forecast_peak_bytes is
    'peak memory that was forecast for its worker, in bytes; NULL where several works were done together';
