using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Assignments;

/// <summary>What a command does in the channel: which functions of an assignment let it.</summary>
public enum AssignmentUse
{
    /// <summary>Takes down, restores, publishes, blocks.</summary>
    Moderate,

    /// <summary>Answers or forwards.</summary>
    Answer,
}

/// <summary>
/// Asks of whoever gives a command on a record that they have an assignment in force for its channel (I11). Handed to <see cref="Records.Records"/>,
/// which asks in the transaction that writes: a withdrawal at the same moment is before or after the command, never in between.
/// When policy <c>assignment.required</c> is in-use, a channel that has never been assigned to anybody and never been activated asks nothing.
/// </summary>
/// <param name="ManagerToo">A chef needs none: it is the chef who gives them.</param>
public sealed record AssignmentDemand(Policy Policy, AssignmentUse Use, bool ManagerToo = false)
{
    public async Task<Refusal?> Missing(NpgsqlTransaction transaction, Guid authority, Guid channel, Caller caller, DateOnly today, CancellationToken ct)
    {
        if (ManagerToo && caller.May(authority, Role.Chef)) return null;
        await using var query = Question(authority, channel, caller.PersonId, today);
        (query.Connection, query.Transaction) = (transaction.Connection, transaction);
        return Judge((string)(await query.ExecuteScalarAsync(ct))!, channel);
    }

    /// <summary>The same without a command, for a page that says beforehand what will be refused.</summary>
    public async Task<Refusal?> Missing(Databases databases, Guid authority, Guid channel, Caller caller, DateOnly today, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        return await Missing(transaction, authority, channel, caller, today, ct);
    }

    /// <summary>Whether commands in the channel ask for an assignment at all, whoever gives them.</summary>
    public static async Task<bool> IsAskedFor(Databases databases, Policy policy, Guid authority, Guid channel, CancellationToken ct)
    {
        if (policy["assignment.required"] == "always") return true;
        await using var query = databases.Writer.CreateCommand("select archive.channel_in_use($1, $2)");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = channel });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private NpgsqlCommand Question(Guid authority, Guid channel, Guid person, DateOnly today) => new("select archive.assignment_standing($1, $2, $3, $4, $5)")
    {
        Parameters = { new() { Value = authority }, new() { Value = channel }, new() { Value = person }, new() { Value = Functions }, new() { Value = today } },
    };

    private string[] Functions => [.. (Use switch
    {
        AssignmentUse.Moderate => [AssignmentFunction.Administrator, AssignmentFunction.Moderator],
        _ => Enum.GetValues<AssignmentFunction>(),
    }).Select(AssignmentWords.Stored)];

    private Refusal? Judge(string standing, Guid channel)
    {
        var required = Policy["assignment.required"];
        if (standing == "in-force" || (standing == "not-in-use" && required != "always")) return null;
        var why = required == "always" ? "Myndighetens policy kräver det från första åtgärden" : "Kanalen är tagen i bruk, och då ska den som agerar i den ha ett uppdrag";
        return new("assignment-missing",
            $"Du har inget gällande uppdrag för kanalen. {why} ({Policy.Of("assignment.required").Requirement}, I11). Be din chef om ett uppdrag eller att bli utsedd till ersättare. {(ManagerToo ? "Chefen kan också göra det själv." : Use == AssignmentUse.Moderate ? "Brådskar det: dölj eller avpublicera som nödåtgärd. Den prövas efteråt av någon med uppdrag, eller av chefen." : "")}".TrimEnd(),
            More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["channel"] = channel });
    }
}

public static class AssignmentWords
{
    public static string Stored(this AssignmentFunction function) => function switch
    {
        AssignmentFunction.Administrator => "administrator",
        AssignmentFunction.Moderator => "moderator",
        AssignmentFunction.Answers => "answers",
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "No stored name."),
    };

    public static string InSwedish(this AssignmentFunction function) => function switch
    {
        AssignmentFunction.Administrator => "administrerar kanalen",
        AssignmentFunction.Moderator => "modererar",
        _ => "svarar",
    };
}
