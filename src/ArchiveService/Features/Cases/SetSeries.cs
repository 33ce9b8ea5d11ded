using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Cases;

/// <summary>Opens a diary series at an authority, or changes one. The organ code is the series: it never changes (domain §2.8).</summary>
/// <param name="Template">Absent means the policy's template.</param>
/// <param name="From">The first day new cases may be opened in it.</param>
/// <param name="Until">The last day.</param>
/// <param name="Default">Used where none is named. Taken from a series only by giving it to another.</param>
public sealed partial record SetSeries(string? Template, DateOnly? From, DateOnly? Until, bool? Default)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/authorities/{code}/series", async (string code, Caller caller, AuthorityRegister register, SeriesHandler handler, CancellationToken ct) =>
            await register.Find(code, ct) is { } authority && caller.IsStaffOf(authority.Id)
                ? TypedResults.Ok(new { items = await handler.Of(authority, ct) })
                : (IResult)Problems.Refused(Refusal.Unknown("authority", "Myndigheten finns inte, eller så får du inte se den."))).WithName("get-series");
        routes.MapPut("/api/v1/authorities/{code}/series/{organ}", async (string code, string organ, SetSeries command, Caller caller, SeriesHandler handler, CancellationToken ct) =>
        {
            var (series, created, refused) = await handler.Set(code, organ, command, caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            return created ? TypedResults.Created($"/api/v1/authorities/{code.ToUpperInvariant()}/series", series) : (IResult)TypedResults.Ok(series);
        }).WithName("put-series");
    }

    [GeneratedRegex(@"^[\p{L}][\p{L}0-9-]{0,15}$")]
    private static partial Regex OrganForm { get; }

    /// <summary>Pure. <paramref name="current"/> is null for a new series.</summary>
    public Decision Decide(Guid authority, string organ, DiarySeries? current, bool isOnly, int policyVersion)
    {
        if (current is null && !OrganForm.IsMatch(organ)) return Refusal.Input("diary-series", "Seriens organbeteckning är 1–16 tecken: bokstäver, siffror och bindestreck, som KS eller RA-KS.");
        var template = string.IsNullOrWhiteSpace(Template) ? null : Template.Trim();
        if (template is not null && DiaryNumber.CheckTemplate(template) is { } wrong) return wrong;
        if (template is not null && !isOnly && !template.Contains("{organ}", StringComparison.Ordinal))
            return Refusal.Input("diary-template", "Mallen måste innehålla {organ} när myndigheten har flera serier, så att två serier aldrig kan ge samma nummer.");
        if (Until < From) return Refusal.Input("series-days", $"Serien kan inte gälla till {Swedish.Date(Until!.Value)} när den börjar {Swedish.Date(From!.Value)}.");
        if (current is { Default: true } && Default == false) return new Refusal("series-default", "Det måste finnas en förvald serie. Gör en annan serie förvald i stället.");
        var set = new DiarySeriesSet(authority, current?.Organ ?? organ, template, From, Until, Default ?? current is { Default: true }, policyVersion);
        return current is not null && (current.Template, current.From, current.Until, current.Default) == (set.Template, set.From, set.Until, set.Default) ? Decision.Nothing : new Happened(set);
    }
}

public sealed class SeriesHandler(SealedLog log, Databases databases, AuthorityRegister register, TimeProvider clock)
{
    public async Task<IReadOnlyList<DiarySeries>> Of(Authority authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand();
        return await DiarySeries.Of(query, authority.Id, ct);
    }

    public async Task<(DiarySeries? Series, bool Created, Refusal? Refused)> Set(string code, string organ, SetSeries command, Caller caller, CancellationToken ct)
    {
        if (!caller.MayAnywhere(Role.Admin)) return (null, false, Refusal.NotAllowed("Bara en administratör kan lägga upp eller ändra en diarieserie."));
        if (await register.Find(code, ct) is not { } authority || !caller.May(authority.Id, Role.Admin)) return (null, false, Refusal.Unknown("authority", "Myndigheten finns inte."));
        organ = organ.Trim();
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // One at a time an authority: there is one default, before and after.
        await using (var turn = new NpgsqlCommand("select 1 from archive.authorities where authority_id = $1 for no key update", connection, transaction))
        {
            turn.Parameters.Add(new() { Value = authority.Id });
            await turn.ExecuteNonQueryAsync(ct);
        }

        await using var query = new NpgsqlCommand { Connection = connection, Transaction = transaction };
        var all = await DiarySeries.Of(query, authority.Id, ct);
        var current = all.FirstOrDefault(s => string.Equals(s.Organ, organ, StringComparison.OrdinalIgnoreCase));
        var decision = command.Decide(authority.Id, organ, current, isOnly: current is not null && all.Count == 1, authority.Policy.Version);
        if (decision.Refused is not null) return (null, false, decision.Refused);
        if (decision.Events is not [{ Event: DiarySeriesSet set }]) return (current, false, null);

        var id = current?.Id ?? Guid.CreateVersion7(clock.GetUtcNow());
        List<NpgsqlBatchCommand> rows = [];
        if (set.Default)
        {
            rows.Add(new("update archive.diary_series set is_default = false where authority_id = $1 and series_id <> $2 and is_default")
            {
                Parameters = { new() { Value = authority.Id }, new() { Value = id } },
            });
        }

        rows.Add(Row(id, set, authority.Policy["diary.mode"]));
        if (await log.Append(transaction, [new(id, "diary_series", ExpectedVersion.Any, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), rows, ct) is not Appended.Done)
            return (null, false, Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (new(id, authority.Id, set.Organ, set.Template, set.From, set.Until, set.Default), current is null, null);
    }

    private static NpgsqlBatchCommand Row(Guid id, DiarySeriesSet set, string mode) => new("""
        insert into archive.diary_series (series_id, authority_id, organ, mode, template, from_day, until_day, is_default) values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (series_id) do update set template = excluded.template, from_day = excluded.from_day, until_day = excluded.until_day, is_default = excluded.is_default
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = set.Authority }, new() { Value = set.Organ }, new() { Value = mode },
            new() { Value = (object?)set.Template ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = (object?)set.From ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
            new() { Value = (object?)set.Until ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = set.Default },
        },
    };
}
