# Accuracy against latency: digits-cnn
# Run in this folder: gnuplot accuracy-latency-digits-cnn-batch-1.gp
set encoding utf8
points = 'accuracy-latency-digits-cnn-batch-1.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Accuracy against latency: digits-cnn' at screen 0.01778, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream' at screen 0.01778, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [11.835170000000002:21.27383] noextend
unset logscale x
set xtics ('12' 12.0, '13' 13.0, '14' 14.0, '15' 15.0, '16' 16.0, '17' 17.0, '18' 18.0, '19' 19.0, '20' 20.0, '21' 21.0)
set yrange [88.515943357728:100.39605405629268] noextend
unset logscale y
set ytics ('90' 90.0, '92' 92.0, '94' 94.0, '96' 96.0, '98' 98.0, '100' 100.0)
set xlabel 'median latency of one inference, µs'
set ylabel 'top-1 accuracy, %' offset -0.5,0
set label 'baseline' at screen 0.90418, screen 0.81001 center front font ',12' textcolor rgb '#000000'
set label 'pruned-50' at screen 0.80204, screen 0.32113 center front font ',12' textcolor rgb '#000000'
set label 'dynamic-int8' at screen 0.7394, screen 0.81001 center front font ',12' textcolor rgb '#000000'
set label 'int8' at screen 0.21944, screen 0.80681 center front font ',12' textcolor rgb '#000000'
set label 'int8-percentile' at screen 0.19242, screen 0.71324 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.19242, screen 0.78253 to screen 0.19242, screen 0.72753 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'int8-entropy' at screen 0.13922, screen 0.80681 center front font ',12' textcolor rgb '#000000'
set label 'int8-mse' at screen 0.14894, screen 0.75824 center front font ',12' textcolor rgb '#000000'
set label 'int8-per-tensor' at screen 0.28776, screen 0.75469 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.20076, screen 0.77933 to screen 0.23187, screen 0.76897 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'int8-signed-activations' at screen 0.34947, screen 0.68824 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.19607, screen 0.78253 to screen 0.26718, screen 0.70253 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'float16' at screen 0.86991, screen 0.73643 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.81265, screen 0.78572 to screen 0.84376, screen 0.75072 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'pruned-int8' at screen 0.2439, screen 0.33072 center front font ',12' textcolor rgb '#000000'
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
