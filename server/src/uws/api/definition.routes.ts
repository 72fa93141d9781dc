import type {
  UwsDefinition,
  UwsDefinitionList,
  UwsDefinitionRow,
  UwsDefinitionVersions,
  UwsParameterDescription,
} from '@orrery/contracts/uws';
import Type from 'typebox';
import { demandPermission, type Identity } from '../../core/auth/index.ts';
import type { App } from '../../core/http/index.ts';
import type { Definition, Parameter } from '../definitions/definition.ts';
import { listVersions, type StoredDefinition } from '../definitions/definitions.store.ts';
import { allowedSeconds } from '../jobs/jobs.ts';
import { mediaTypeOf } from '../results/media-types.ts';
import type { Service, Usage } from '../service.ts';
import { apiConfig } from './config.ts';

export function definitionRoutes(scope: App, service: Service): void {
  const config = apiConfig('uws.definition.read');
  scope.get('/api/uws/definitions', { config }, async (request): Promise<UwsDefinitionList> => {
    const [all, used] = await Promise.all([service.catalog.list(), service.usage()]);
    const visible = all.filter((definition) => request.identity.may('uws.definition.read', definition.name));
    return { rows: visible.map((definition) => apiRow(definition, used, request.identity)) };
  });
  scope.get(
    '/api/uws/definitions/:name/versions',
    { config },
    async (request): Promise<UwsDefinitionVersions> => {
      const { name } = request.params as { name: string };
      demandPermission(request.identity, 'uws.definition.read', name);
      await service.catalog.get(name);
      const rows = await listVersions(service.core.db.sql, name);
      return { rows: rows.map(({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() })) };
    },
  );
  const query = Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })) });
  scope.get(
    '/api/uws/definitions/:name',
    { schema: { querystring: query }, config },
    async (request): Promise<UwsDefinition> => {
      const { name } = request.params as { name: string };
      const { version } = request.query as { version?: number };
      demandPermission(request.identity, 'uws.definition.read', name);
      const definition =
        version === undefined
          ? await service.catalog.get(name)
          : await service.catalog.getVersion(name, version);
      return {
        ...apiRow(definition, await service.usage(), request.identity),
        ...details(definition, service),
      };
    },
  );
}

function apiRow(definition: StoredDefinition, used: Usage, identity: Identity): UwsDefinitionRow {
  const { content } = definition;
  const past = used.find((row) => row.definition === definition.name);
  return {
    name: definition.name,
    title: content.title ?? definition.name,
    description: content.description ?? '',
    version: definition.version,
    label: content.version ?? null,
    contactName: content.contactName ?? null,
    mayRun: identity.may('uws.job.create', definition.name),
    runs: past?.runs ?? 0,
    medianSeconds: past?.medianSeconds ?? null,
  };
}

function details(
  definition: StoredDefinition,
  { settings }: Service,
): Omit<UwsDefinition, keyof UwsDefinitionRow> {
  const content: Definition = definition.content;
  return {
    documentation: content.documentation ?? null,
    parameters: (content.parameters ?? []).map(apiParameter),
    results: (content.results ?? []).map((result) => ({
      name: result.name,
      file: result.file,
      mediaType: result.mediaType ?? mediaTypeOf(result.file),
      description: result.description ?? '',
      required: result.required === true,
    })),
    executionDuration: allowedSeconds(undefined, content, settings),
    maxExecutionDuration: allowedSeconds(0, content, settings),
    keepDays: content.keepDays ?? settings.keepDays,
    maxUploadBytes: content.maxUploadBytes ?? settings.maxUploadMb * 1_000_000,
    script: content.script ?? null,
    program: content.program ?? null,
    memoryMb: content.memoryMb ?? settings.memoryMb,
    createdAt: definition.createdAt.toISOString(),
    createdBy: definition.createdBy,
  };
}

function apiParameter(parameter: Parameter): UwsParameterDescription {
  return {
    name: parameter.name,
    type: parameter.type,
    required: parameter.required === true,
    default: parameter.default ?? null,
    description: parameter.description ?? '',
    unit: parameter.unit ?? null,
    min: parameter.min ?? null,
    max: parameter.max ?? null,
    options: parameter.options ?? null,
    maxLength: parameter.maxLength ?? null,
    multiple: parameter.multiple === true,
    mediaTypes: parameter.mediaTypes ?? null,
  };
}
