using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Authorities;

public sealed record DiaryChoice(string? Template, string? Series, string? Mode);

/// <summary>Creates or changes an authority (a nämnd) from a preset. A change is a new policy version; decisions keep the version they were made under (I10).</summary>
public sealed partial record PutAuthority(string? Name, string? Preset, DiaryChoice? Diary, IReadOnlyDictionary<string, string>? Policy, string? DecisionReference)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/authorities/{code}", async (string code, PutAuthority command, Caller caller, PutAuthorityHandler handler, CancellationToken ct) =>
        {
            var (authority, created, refused) = await handler.Put(code, command, caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            var answer = new { authority!.Id, authority.Code, authority.Name, preset = authority.Policy.PresetName, policyVersion = authority.Policy.Version };
            return created ? TypedResults.Created($"/api/v1/authorities/{authority.Code}", answer) : (IResult)TypedResults.Ok(answer);
        })
        .WithName("put-authority");

    [GeneratedRegex(@"^[A-ZÅÄÖ][A-ZÅÄÖ0-9-]{0,15}$")]
    private static partial Regex CodeForm { get; }

    /// <summary>Pure: the policy values that result, or why not.</summary>
    public (string Name, Dictionary<string, string> Values, Refusal? Refused) Decide(string code, Authority? current)
    {
        (string, Dictionary<string, string>, Refusal?) No(Refusal why) => ("", [], why);

        if (!CodeForm.IsMatch(code)) return No(Refusal.Input("authority-code", "Myndighetens kod är 1–16 tecken: versaler, siffror och bindestreck, som KS eller RA-KS."));
        var name = (Name ?? current?.Name ?? "").Trim();
        if (name.Length is 0 or > 200) return No(Refusal.Input("authority-name", "Ange myndighetens namn, högst 200 tecken."));
        var preset = Preset ?? current?.Policy.PresetName;
        if (preset is null || !Authorities.Preset.All.ContainsKey(preset))
            return No(Refusal.Input("preset-unknown", $"Välj en förlaga: {string.Join(", ", Authorities.Preset.All.Keys.Order(StringComparer.Ordinal))}."));

        var values = new Dictionary<string, string>(preset == current?.Policy.PresetName ? current.Policy.Values : new Dictionary<string, string>());
        var wanted = (Policy ?? new Dictionary<string, string>()).ToDictionary();
        if (Diary?.Template is { } template) wanted["diary.template"] = template;
        if (Diary?.Mode is { } mode) wanted["diary.mode"] = mode;
        foreach (var (key, value) in wanted)
        {
            if (PolicyKeys.Check(key, value) is { } refused) return No(refused);
            if (!PolicyKeys.Floor.ContainsKey(key)) values[key] = value;
        }

        return (name, values, null);
    }
}

public sealed class PutAuthorityHandler(SealedLog log, Databases databases, AuthorityRegister register, TimeProvider clock)
{
    public async Task<(Authority? Authority, bool Created, Refusal? Refused)> Put(string code, PutAuthority command, Caller caller, CancellationToken ct)
    {
        code = code.Trim().ToUpperInvariant();
        if (!caller.MayAnywhere(Role.Admin)) return (null, false, Refusal.NotAllowed("Bara en administratör kan lägga upp eller ändra en myndighet."));
        var current = await register.Find(code, ct);
        var (name, values, refused) = command.Decide(code, current);
        if (refused is not null) return (null, false, refused);

        var preset = command.Preset ?? current!.Policy.PresetName;
        var version = (current?.Policy.Version ?? 0) + 1;
        if (current is not null && current.Name == name && current.Policy.PresetName == preset && current.Policy.Values.Count == values.Count
            && values.All(v => current.Policy.Values.TryGetValue(v.Key, out var old) && old == v.Value) && (command.Diary?.Series ?? current.Organ) == current.Organ)
        {
            return (current, false, null);
        }

        var id = current?.Id ?? Guid.CreateVersion7(clock.GetUtcNow());
        var series = current?.SeriesId ?? Guid.CreateVersion7(clock.GetUtcNow());
        var organ = (command.Diary?.Series ?? current?.Organ ?? code).Trim();
        if (organ.Length is 0 or > 16) return (null, false, Refusal.Input("diary-series", "Diariets organbeteckning är 1–16 tecken, som KS eller VA."));
        var events = new List<Happened>();
        if (current is null) events.Add(new(new AuthorityEstablished(code, name, preset)));
        events.Add(new(new PolicyAdopted(version, name, preset, values, command.DecisionReference)));

        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            var seriesSql = current is null || organ != current.Organ
                ? "insert into archive.diary_series (series_id, authority_id, organ, mode) values ($1, $2, $3, $4)"
                : null;
            if (current is not null && organ != current.Organ) return (null, false, Refusal.Input("diary-series", "Ett diaries organbeteckning ändras inte i efterhand. Öppna en ny serie i stället."));
            var upsert = new NpgsqlBatchCommand("""
                insert into archive.authorities (authority_id, code, name, preset, policy_version, policy) values ($1, $2, $3, $4, $5, $6)
                on conflict (authority_id) do update set name = excluded.name, preset = excluded.preset, policy_version = excluded.policy_version, policy = excluded.policy
                """)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = code }, new() { Value = name }, new() { Value = preset }, new() { Value = version },
                    new() { Value = JsonSerializer.Serialize(values), NpgsqlDbType = NpgsqlDbType.Jsonb },
                },
            };
            var beside = new List<NpgsqlBatchCommand> { upsert };
            if (seriesSql is not null)
            {
                beside.Add(new(seriesSql)
                {
                    Parameters = { new() { Value = series }, new() { Value = id }, new() { Value = organ }, new() { Value = values.GetValueOrDefault("diary.mode", "own") } },
                });
            }

            // Expected: as many events as policy versions and the founding event; a racing change makes this a conflict.
            var expected = current is null ? ExpectedVersion.NewStream : ExpectedVersion.Exactly(current.Policy.Version + 1);
            var keys = log.NewKeySet();
            var appended = await log.Append(transaction, [new(id, "authority", expected, events)], keys, new(caller.PersonId.ToString("D")), beside, ct);
            if (appended is Appended.Conflict) return (null, false, Refusal.ChangedMeanwhile(version));
            await transaction.CommitAsync(ct);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "authorities_code_key" })
        {
            return (null, false, Refusal.ChangedMeanwhile(1));
        }

        return (await register.Find(id, ct), current is null, null);
    }
}
