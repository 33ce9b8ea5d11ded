using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Persons;

/// <summary>Roles and authority codes as people write them, read into grants.</summary>
public sealed class RoleWords(Databases databases)
{
    public async Task<(IReadOnlyList<Grant> Grants, Refusal? Unknown)> Read(IReadOnlyList<RoleAt> words, CancellationToken ct)
    {
        var grants = new List<Grant>(words.Count);
        foreach (var (word, code) in words)
        {
            if (Roles.Find(word ?? "") is not { } role)
                return ([], Refusal.Input("role-unknown", $"Rollen ”{word}” finns inte. Välj bland {string.Join(", ", Roles.All.Select(r => r.Stored()))}."));
            if (string.IsNullOrWhiteSpace(code))
                grants.Add(new(role, null));
            else if (await Authority(code, ct) is { } authority)
                grants.Add(new(role, authority));
            else
                return ([], Refusal.Input("authority-unknown", $"Det finns ingen myndighet med koden ”{code}”."));
        }

        return (grants, null);
    }

    public async Task<Guid?> Authority(string code, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select authority_id from archive.authorities where lower(code) = lower($1)");
        query.Parameters.Add(new() { Value = code.Trim() });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    public async Task<IReadOnlyList<Choice>> Choices(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select code, name from archive.authorities order by name collate \"sv-x-icu\"");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var choices = new List<Choice> { new("", "Alla myndigheter") };
        while (await rows.ReadAsync(ct)) choices.Add(new(rows.GetString(0), rows.GetString(1)));
        return choices;
    }

    /// <summary>Channels that do not exist are named in the refusal.</summary>
    public async Task<Refusal?> UnknownChannel(IReadOnlyList<Guid> channels, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select c from unnest($1) c where not exists (select 1 from archive.channels k where k.channel_id = c) limit 1");
        query.Parameters.Add(new() { Value = channels.ToArray() });
        return await query.ExecuteScalarAsync(ct) is Guid unknown ? Refusal.Unknown("channel", $"Kanalen {unknown} finns inte.") : null;
    }
}
