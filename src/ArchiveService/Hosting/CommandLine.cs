using System.CommandLine;

namespace ArchiveService.Hosting;

/// <summary>Opens the archive for one verb: the same services as the web application has, without its address and its workers.</summary>
public delegate Task<OpenedArchive> OpenArchive(CancellationToken ct);

/// <summary>
/// <c>./run [VERB …]</c>. A feature brings a verb as <c>public static Command Verb(OpenArchive open)</c> and a line in Program.cs;
/// its action opens the archive (or not, when it works without one) and answers the exit code.
/// </summary>
public static class CommandLine
{
    private static readonly string[] Help = ["--help", "-h", "-?", "--version"];

    public static async Task<int> Run(
        string[] args, Func<string[], CancellationToken, Task<int>> serve, Func<OpenArchive, IEnumerable<Command>> verbs, CancellationToken stop)
    {
        try
        {
            // Settings such as --urls=… belong to the web application, which reads them itself.
            if (args is [] || (args[0].StartsWith("--", StringComparison.Ordinal) && !Help.Contains(args[0])))
                return await serve(args, stop);

            var root = new RootCommand("An archive and diary for a public authority's social media. Without a verb: serve it.");
            var serving = new Command("serve", "Serves the archive; the same as no verb.") { TreatUnmatchedTokensAsErrors = false };
            serving.SetAction((_, ct) => serve(args[1..], ct));
            root.Add(serving);
            foreach (var verb in verbs(OpenedArchive.Open))
                root.Add(verb);

            // An argument may begin with @: a sender's handle, not a file of arguments. Signals are ours from the first line of Program.cs.
            return await root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync(
                new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop);
        }
        catch (CannotStart why)
        {
            await Console.Error.WriteLineAsync(why.Message);
            return 1;
        }
        catch (Sealing.ArchiveIsReadOnly why)
        {
            await Console.Error.WriteLineAsync(why.Message);
            return 1;
        }
        catch (Attachments.ObjectStoreUnavailable why)
        {
            await Console.Error.WriteLineAsync(why.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
    }
}
