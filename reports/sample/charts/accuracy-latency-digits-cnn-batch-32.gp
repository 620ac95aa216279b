# Accuracy against latency: digits-cnn
# Run in this folder: gnuplot accuracy-latency-digits-cnn-batch-32.gp
set encoding utf8
points = 'accuracy-latency-digits-cnn-batch-32.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Accuracy against latency: digits-cnn' at screen 0.01778, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01778, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [166.83786999999998:552.90313] noextend
unset logscale x
set xtics ('200' 200.0, '250' 250.0, '300' 300.0, '350' 350.0, '400' 400.0, '450' 450.0, '500' 500.0, '550' 550.0)
set yrange [88.515943357728:100.39605405629268] noextend
unset logscale y
set ytics ('90' 90.0, '92' 92.0, '94' 94.0, '96' 96.0, '98' 98.0, '100' 100.0)
set xlabel 'median latency of one inference, µs'
set ylabel 'top-1 accuracy, %' offset -0.5,0
set label 'baseline' at screen 0.88869, screen 0.81001 center front font ',12' textcolor rgb '#000000'
set label 'pruned-50' at screen 0.88422, screen 0.32113 center front font ',12' textcolor rgb '#000000'
set label 'dynamic-int8' at screen 0.78401, screen 0.81001 center front font ',12' textcolor rgb '#000000'
set label 'int8' at screen 0.15366, screen 0.79967 center front font ',12' textcolor rgb '#000000'
set label 'int8-percentile' at screen 0.24965, screen 0.75824 center front font ',12' textcolor rgb '#000000'
set label 'int8-entropy' at screen 0.18599, screen 0.83181 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.18599, screen 0.78253 to screen 0.18599, screen 0.81753 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'int8-mse' at screen 0.1449, screen 0.75824 center front font ',12' textcolor rgb '#000000'
set label 'int8-per-tensor' at screen 0.18466, screen 0.71004 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.18466, screen 0.77933 to screen 0.18466, screen 0.72433 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'int8-signed-activations' at screen 0.31866, screen 0.81717 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.18748, screen 0.78253 to screen 0.23637, screen 0.80288 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'float16' at screen 0.88315, screen 0.76143 center front font ',12' textcolor rgb '#000000'
set label 'pruned-int8' at screen 0.23793, screen 0.30643 center front font ',12' textcolor rgb '#000000'
set label 'below the picture: pruned-90 (29.8 %), pruned-90-per-layer (13.4 %)' at screen 0.01778, screen 0.8875 left front font ',10' textcolor rgb '#555555'
set arrow from screen 0.20262, screen 0.02857 to screen 0.24262, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'Pareto front' at screen 0.24929, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.36676, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.38453, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.47682, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'on the front' at screen 0.4946, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.60803, screen 0.02857 front point pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
set label 'others (all bars: 95 % intervals)' at screen 0.62581, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with steps linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2', points every :::3::3 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#D55E00', points every :::3::3 using 1:4 with points pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
unset output
}
